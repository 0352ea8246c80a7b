using System.Text;
using FluentAssertions;
using KernelGateway.Launching.Registration;
using KernelGateway.Logging;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing.Logging;
using KernelGateway.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching.Registration;

public sealed class KernelRegistrarTests : IAsyncDisposable
{
    private const string Content =
        """{"kernel_id": "k", "control_port": "4", "shell_port": "1", "stdin_port": "3", "iopub_port": "2", "hb_port": "5"}""";

    private static readonly RegisteredPorts Ports = new(Shell: 1, IOPub: 2, Stdin: 3, Control: 4, Heartbeat: 5);
    private readonly KernelRegistrar _registrar = new(NullLogger.Instance, TimeProvider.System);

    public ValueTask DisposeAsync() => _registrar.DisposeAsync();

    [Test]
    public async Task Genuine_registration_is_taken_and_answered_with_a_signed_acknowledgement()
    {
        using var ticket = _registrar.Open("k", "secret");

        var answer = await _registrar.HandleAsync(Message(Content));

        (await ticket.Registered).Should().Be(Ports);
        // The signature of "ACK" under the key "secret", as xeus computes it.
        answer!.Select(frame => Encoding.ASCII.GetString(frame.Span)).Should().Equal(
            "id", "<IDS|MSG>", "75d6ab406582375d925b1b7e1b1911ce55f5d78a53259aa7c902969a682531b4", "ACK");
    }

    [Test]
    public async Task Ports_may_be_numbers_as_documented()
    {
        using var ticket = _registrar.Open("k", "secret");

        (await _registrar.HandleAsync(Message(Content.Replace("\"1\"", "1")))).Should().NotBeNull();

        (await ticket.Registered).Should().Be(Ports);
    }

    [Test]
    public async Task Registration_sent_again_is_answered_again()
    {
        using var ticket = _registrar.Open("k", "secret");
        await _registrar.HandleAsync(Message(Content));

        (await _registrar.HandleAsync(Message(Content))).Should().NotBeNull("the first answer may have been lost");
    }

    [Test]
    public async Task Registered_kernel_cannot_move()
    {
        using var ticket = _registrar.Open("k", "secret");
        await _registrar.HandleAsync(Message(Content));

        (await _registrar.HandleAsync(Message(Content.Replace("\"1\"", "\"9\"")))).Should().BeNull();

        (await ticket.Registered).Should().Be(Ports);
    }

    [Test]
    public async Task Registration_with_the_key_of_another_kernel_is_refused()
    {
        using var ticket = _registrar.Open("k", "secret");
        using var other = _registrar.Open("other", "other secret");

        (await _registrar.HandleAsync(Message(Content, key: "other secret"))).Should().BeNull();
        (await _registrar.HandleAsync(Message(Content, key: ""))).Should().BeNull("the message is unsigned");

        ticket.Registered.IsCompleted.Should().BeFalse();
        other.Registered.IsCompleted.Should().BeFalse();
    }

    [Test]
    public async Task Kernel_that_is_not_expected_or_no_longer_is_gets_no_answer()
    {
        (await _registrar.HandleAsync(Message(Content))).Should().BeNull();
        _registrar.Open("k", "secret").Dispose();

        (await _registrar.HandleAsync(Message(Content))).Should().BeNull();
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{\"kernel_id\": \"k\"")]
    [TestCase("{\"kernel_id\": 1, \"control_port\": 4, \"shell_port\": 1, \"stdin_port\": 3, \"iopub_port\": 2, \"hb_port\": 5}")]
    [TestCase("{\"kernel_id\": \"k\", \"control_port\": 4, \"shell_port\": 1, \"stdin_port\": 3, \"iopub_port\": 2}")]
    [TestCase("{\"kernel_id\": \"k\", \"control_port\": 0, \"shell_port\": 1, \"stdin_port\": 3, \"iopub_port\": 2, \"hb_port\": 5}")]
    [TestCase("{\"kernel_id\": \"k\", \"control_port\": 65536, \"shell_port\": 1, \"stdin_port\": 3, \"iopub_port\": 2, \"hb_port\": 5}")]
    [TestCase("{\"kernel_id\": \"k\", \"control_port\": \"-4\", \"shell_port\": 1, \"stdin_port\": 3, \"iopub_port\": 2, \"hb_port\": 5}")]
    [TestCase("{\"kernel_id\": \"k\", \"control_port\": [], \"shell_port\": 1, \"stdin_port\": 3, \"iopub_port\": 2, \"hb_port\": 5}")]
    public async Task Malformed_content_gets_no_answer_though_it_is_signed(string content)
    {
        using var ticket = _registrar.Open("k", "secret");

        (await _registrar.HandleAsync(Message(content))).Should().BeNull();

        ticket.Registered.IsCompleted.Should().BeFalse();
    }

    [Test]
    public async Task Message_with_frames_missing_or_to_spare_gets_no_answer()
    {
        using var ticket = _registrar.Open("k", "secret");
        var whole = Message(Content);

        for (var count = 0; count < whole.Count; count++)
        {
            (await _registrar.HandleAsync([.. whole.Take(count)])).Should().BeNull($"only {count} frames are present");
            (await _registrar.HandleAsync([.. whole.Where((_, index) => index != count)])).Should().BeNull($"frame {count} is missing");
        }

        (await _registrar.HandleAsync([.. whole, default])).Should().BeNull();
        ticket.Registered.IsCompleted.Should().BeFalse();
    }

    [Test]
    public async Task A_flood_of_registrations_makes_one_line_of_log_and_then_a_count_per_interval()
    {
        var log = new LogCollector();
        var time = new ManualTimeProvider();
        await using var registrar = new KernelRegistrar(log.CreateLogger<KernelRegistrar>(), time);
        var message = Message(Content);

        for (var i = 0; i < 10_000; i++) await registrar.HandleAsync(message);
        log.Entries.Should().ContainSingle().Which["Count"].Should().Be(1L);

        time.Advance(RateLimitedLog<string>.Interval);
        log.Entries.Should().HaveCount(2);
        log.Entries[1]["Count"].Should().Be(9_999L);
        log.Text.Should().NotContain("hb_port", "the content is not logged");
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> Message(string content, string key = "secret")
    {
        ReadOnlyMemory<byte> bytes = Encoding.UTF8.GetBytes(content);
        return ["id"u8.ToArray(), "<IDS|MSG>"u8.ToArray(), MessageSigner.Create(key).Sign(bytes, default, default, default), bytes];
    }
}
