using System.Text;
using System.Threading.Channels;
using FluentAssertions;
using KernelGateway.Client.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Client.Tests.Terminals;

[Platform("Linux", Reason = "The services of a sandbox are for Linux.")]
public sealed class SandboxPtyTests
{
    private string _unread = "";

    [Test]
    [CancelAfter(120_000)]
    public async Task Terminal_takes_input_and_has_the_size_it_is_given(CancellationToken cancellationToken)
    {
        await using var server = await ServedSandbox.StartAsync();
        var output = Channel.CreateUnbounded<string>();
        var options = new PtyCreateOptions
        {
            Cols = 91,
            Rows = 33,
            Envs = new Dictionary<string, string> { ["WHO"] = "test" },
            OnData = bytes => output.Writer.TryWrite(Encoding.UTF8.GetString(bytes.Span)),
        };
        await using var terminal = await server.Sandbox.Pty.CreateAsync(options, cancellationToken);

        await terminal.SendInputAsync("stty size; echo by-$WHO\n", cancellationToken);
        await WaitForAsync(output.Reader, "33 91", cancellationToken);
        await WaitForAsync(output.Reader, "by-test", cancellationToken);
        await terminal.ResizeAsync(100, 40, cancellationToken);
        await server.Sandbox.Pty.SendInputAsync(terminal.Pid, "stty size\n", cancellationToken);
        await WaitForAsync(output.Reader, "40 100", cancellationToken);
        await terminal.SendInputAsync("exit 5\n", cancellationToken);

        (await terminal.WaitAsync(cancellationToken)).Should().Be(5);
        terminal.ExitCode.Should().Be(5);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Terminal_is_connected_to_again_and_killed(CancellationToken cancellationToken)
    {
        await using var server = await ServedSandbox.StartAsync();
        var pty = server.Sandbox.Pty;
        var output = Channel.CreateUnbounded<string>();
        await using var first = await pty.CreateAsync(cancellationToken: cancellationToken);
        await first.DisconnectAsync();

        await using var second = await pty.ConnectAsync(
            first.Pid, new() { OnData = bytes => output.Writer.TryWrite(Encoding.UTF8.GetString(bytes.Span)) }, cancellationToken);
        await second.SendInputAsync("echo $((20 + 22))\n", cancellationToken);
        await WaitForAsync(output.Reader, "42", cancellationToken);

        (await second.KillAsync(cancellationToken)).Should().BeTrue();
        (await second.WaitAsync(cancellationToken)).Should().Be(-1);
        second.Error.Should().Be("signal: killed");
        (await pty.KillAsync(first.Pid, cancellationToken)).Should().BeFalse();
    }

    // Takes the output up to the text. What has come with it stays for the next call.
    private async Task WaitForAsync(ChannelReader<string> output, string text, CancellationToken cancellationToken)
    {
        int index;
        while ((index = _unread.IndexOf(text, StringComparison.Ordinal)) < 0) _unread += await output.ReadAsync(cancellationToken);
        _unread = _unread[(index + text.Length)..];
    }
}
