using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Interop;

/// <summary>A libzmq socket in a separate Python process.</summary>
internal sealed class PyzmqPeer : IAsyncDisposable
{
    private const string Python = "/usr/bin/python3";
    private static readonly Task<bool> Available = IsAvailableAsync();

    private readonly Process _process;

    private PyzmqPeer(Process process) => _process = process;

    public string Endpoint { get; private set; } = string.Empty;

    /// <summary>Starts a peer, or ignores the test when pyzmq is not installed.</summary>
    public static async Task<PyzmqPeer> StartAsync(string type, string way, string endpoint, CancellationToken token, params string[] options)
    {
        if (!await Available) Assert.Ignore($"{Python} with pyzmq is not installed (on Debian: apt install python3-zmq).");
        var start = new ProcessStartInfo(Python) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in new[] { "-u", Path.Combine(TestContext.CurrentContext.TestDirectory, "Interop", "pyzmq_peer.py"), type, way, endpoint })
            start.ArgumentList.Add(argument);
        foreach (var option in options)
            start.ArgumentList.Add(option);
        var peer = new PyzmqPeer(Process.Start(start)!);
        try
        {
            peer.Endpoint = (string)(await peer.ReadAnswerAsync(token))["endpoint"]!;
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    public Task SendAsync(CancellationToken token, params byte[][] frames) => AskAsync(
        new JsonObject { ["op"] = "send", ["frames"] = new JsonArray([.. frames.Select(frame => (JsonNode)Convert.ToHexString(frame))]) }, token);

    public async Task<byte[][]> ReceiveAsync(CancellationToken token)
    {
        var answer = await AskAsync(new JsonObject { ["op"] = "receive" }, token);
        return [.. answer["frames"]!.AsArray().Select(frame => Convert.FromHexString((string)frame!))];
    }

    public Task EchoAsync(int count, CancellationToken token) => AskAsync(new JsonObject { ["op"] = "echo", ["count"] = count }, token);

    public Task FloodAsync(int count, int size, CancellationToken token) =>
        AskAsync(new JsonObject { ["op"] = "flood", ["count"] = count, ["size"] = size }, token);

    public Task SubscribeAsync(byte[] topic, CancellationToken token) =>
        AskAsync(new JsonObject { ["op"] = "subscribe", ["topic"] = Convert.ToHexString(topic) }, token);

    public Task UnsubscribeAsync(byte[] topic, CancellationToken token) =>
        AskAsync(new JsonObject { ["op"] = "unsubscribe", ["topic"] = Convert.ToHexString(topic) }, token);

    /// <summary>Waits for a message that can be received. libzmq processes its own commands during the wait.</summary>
    public async Task<bool> PollAsync(int milliseconds, CancellationToken token) =>
        (bool)(await AskAsync(new JsonObject { ["op"] = "poll", ["milliseconds"] = milliseconds }, token))["ready"]!;

    /// <summary>Closes the socket as an application does, and waits until libzmq has sent its queued messages.</summary>
    public Task CloseAsync(CancellationToken token) => AskAsync(new JsonObject { ["op"] = "close" }, token);

    /// <summary>Kills the process, as in a crash.</summary>
    public async Task KillAsync(CancellationToken token)
    {
        _process.Kill();
        await _process.WaitForExitAsync(token);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<bool> IsAvailableAsync()
    {
        if (!File.Exists(Python)) return false;
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", "import zmq"]) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }

    private async Task<JsonNode> AskAsync(JsonObject command, CancellationToken token)
    {
        await _process.StandardInput.WriteLineAsync(command.ToJsonString().AsMemory(), token);
        await _process.StandardInput.FlushAsync(token);
        return await ReadAnswerAsync(token);
    }

    private async Task<JsonNode> ReadAnswerAsync(CancellationToken token)
    {
        var line = await _process.StandardOutput.ReadLineAsync(token) ?? throw new EndOfStreamException("The Python peer has ended.");
        return JsonNode.Parse(line) ?? throw new JsonException(line);
    }
}
