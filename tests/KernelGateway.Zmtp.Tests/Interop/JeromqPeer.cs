using System.Diagnostics;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Interop;

/// <summary>A socket of jeromq 0.3 (ZMTP 2.0) in a separate Java process.</summary>
internal sealed class JeromqPeer : IAsyncDisposable
{
    private const string Library = "/usr/share/java/jeromq.jar";
    private const string Compiler = "/usr/bin/javac";

    private readonly Process _process;

    private JeromqPeer(Process process) => _process = process;

    public string Endpoint { get; private set; } = string.Empty;

    /// <summary>Starts a peer, or ignores the test when jeromq is not installed.</summary>
    public static async Task<JeromqPeer> StartAsync(string type, string way, string endpoint, CancellationToken token, string? identity = null)
    {
        if (!File.Exists(Library) || !File.Exists(Compiler))
            Assert.Ignore("jeromq or a Java compiler is not installed (on Debian: apt install libjeromq-java default-jdk-headless).");
        var source = Path.Combine(TestContext.CurrentContext.TestDirectory, "Interop", "JeromqPeer.java");
        var start = new ProcessStartInfo("java") { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in new[] { "-cp", Library, source, type, way, endpoint })
            start.ArgumentList.Add(argument);
        if (identity is not null) start.ArgumentList.Add(identity);
        var peer = new JeromqPeer(Process.Start(start)!);
        try
        {
            peer.Endpoint = await peer.ReadAsync(token);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    public async Task SendAsync(CancellationToken token, params byte[][] frames)
    {
        var words = frames.Select(frame => frame.Length == 0 ? "." : Convert.ToHexString(frame));
        await AskAsync($"send {string.Join(' ', words)}", token);
    }

    public async Task<byte[][]> ReceiveAsync(CancellationToken token)
    {
        var answer = await AskAsync("receive", token);
        return [.. answer.Split(' ').Skip(1).Select(word => word == "." ? [] : Convert.FromHexString(word))];
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<string> AskAsync(string command, CancellationToken token)
    {
        await _process.StandardInput.WriteLineAsync(command.AsMemory(), token);
        await _process.StandardInput.FlushAsync(token);
        return await ReadAsync(token);
    }

    private async Task<string> ReadAsync(CancellationToken token) =>
        await _process.StandardOutput.ReadLineAsync(token) ?? throw new EndOfStreamException("The Java peer has ended.");
}
