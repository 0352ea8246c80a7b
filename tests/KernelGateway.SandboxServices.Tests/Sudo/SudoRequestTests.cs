using System.Buffers.Binary;
using System.Text;
using FluentAssertions;
using KernelGateway.SandboxServices.Sudo;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Sudo;

/// <summary>The bytes of requests and of the messages that follow them.</summary>
public sealed class SudoRequestTests
{
    private static readonly SudoRequest Full = new()
    {
        Action = SudoAction.LoginShell,
        User = "ü",
        Directory = "/tmp",
        PreservesVariables = true,
        SetsHome = true,
        HasTerminal = true,
        PreservedNames = ["A"],
        Assignments = ["B=1", "C="],
        Command = ["ls", "", "-l"],
        Variables = ["PATH=/bin"],
    };

    [Test]
    public void Request_is_read_as_it_was_written()
    {
        var bytes = Full.Write();

        var length = SudoRequest.ReadLength(bytes);
        length.Should().Be(bytes.Length - SudoRequest.HeaderBytes);
        var read = SudoRequest.Read(bytes.AsSpan(SudoRequest.HeaderBytes));
        (read.Action, read.User, read.PreservesVariables, read.SetsHome, read.HasTerminal).Should().Be((SudoAction.LoginShell, "ü", true, true, true));
        read.Command.Should().Equal("ls", "", "-l");
        read.Write().Should().Equal(bytes);
    }

    [Test]
    public void Request_that_is_cut_or_longer_is_refused()
    {
        var body = Full.Write()[SudoRequest.HeaderBytes..];

        for (var length = 0; length < body.Length; length++) IsRefused(body[..length]);
        IsRefused([.. body, (byte)'x', 0]);
    }

    [TestCase("KGS2\u0000\u0000\u0000\u0000")]
    [TestCase("GET / HT")]
    public void Something_else_is_refused(string header) =>
        FluentActions.Invoking(() => SudoRequest.ReadLength(Encoding.ASCII.GetBytes(header))).Should().Throw<SudoRefusedException>();

    [TestCase(-1)]
    [TestCase(int.MinValue)]
    [TestCase(SudoRequest.MaxBodyBytes + 1)]
    [TestCase(int.MaxValue)]
    public void Length_that_no_request_has_is_refused_before_the_body_comes(int length)
    {
        var header = "KGS1\0\0\0\0"u8.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), length);

        FluentActions.Invoking(() => SudoRequest.ReadLength(header)).Should().Throw<SudoRefusedException>().WithMessage("*malformed*length*");
    }

    // Action, user, directory, three flags, four lists.
    [TestCase("5|root|/|0|0|0|0|0|1|ls|0")]
    [TestCase("-1|root|/|0|0|0|0|0|1|ls|0")]
    [TestCase("0|root|tmp|0|0|0|0|0|1|ls|0")]
    [TestCase("0|root|/|2|0|0|0|0|1|ls|0")]
    [TestCase("0|root|/|0|0|0|9|0|1|ls|0")]
    [TestCase("0|root|/|0|0|0|0|0|2147483648|ls|0")]
    [TestCase("0|root|/|0|0|0|0|0|0|0")]
    [TestCase("0|root|/|0|0|0|0|0|+1|ls|0")]
    public void Body_with_an_impossible_part_is_refused(string texts) => IsRefused(Encoding.UTF8.GetBytes(texts.Replace('|', '\0') + "\0"));

    [Test]
    public void Text_that_is_not_UTF_8_and_too_many_texts_are_refused()
    {
        IsRefused([0x30, 0, 0xFF, 0]);
        IsRefused(new byte[300_000]);
    }

    [Test]
    public void Too_large_request_is_not_sent() =>
        FluentActions.Invoking(() => (Full with { Command = [new string('x', SudoRequest.MaxBodyBytes)] }).Write())
            .Should().Throw<SudoRefusedException>().WithMessage("*bytes are possible");

    [Test]
    public void Messages_are_read_however_they_are_cut()
    {
        byte[] all =
        [
            .. SudoMessage.WriteStarted(70_000), .. SudoMessage.Write(SudoMessageKind.Stopped), .. SudoMessage.Write(SudoMessageKind.Refused, "why: ü"),
            .. SudoMessage.Write(SudoMessageKind.Exited, 255),
        ];
        var read = new List<string>();
        ReadOnlyMemory<byte> waiting = default;
        foreach (var one in all)
        {
            waiting = (byte[])[.. waiting.Span, one];
            while (SudoMessage.TryRead(ref waiting, out var message))
                read.Add($"{message.Kind} {message.Number} {(message.Kind == SudoMessageKind.Refused ? message.Text : "")}");
        }

        read.Should().Equal("Started 70000 ", "Stopped 0 ", "Refused 0 why: ü", "Exited 255 ");
        waiting.IsEmpty.Should().BeTrue();
    }

    private static void IsRefused(byte[] body) =>
        FluentActions.Invoking(() => SudoRequest.Read(body)).Should().Throw<SudoRefusedException>().WithMessage("the request is malformed: *");
}
