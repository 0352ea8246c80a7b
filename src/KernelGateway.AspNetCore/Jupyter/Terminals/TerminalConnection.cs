using System.Net.WebSockets;
using System.Text;
using KernelGateway.AspNetCore.WebSockets;
using KernelGateway.SandboxServices.Processes;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Jupyter.Terminals;

/// <summary>One WebSocket of a terminal, in terminado's protocol: JSON lists that begin with the kind of the message.</summary>
/// <remarks>
/// Each connection reads the output at its own position, first what the terminal keeps. A client that takes nothing for
/// half a minute is cut: the shell waits for the slowest client.
/// </remarks>
internal sealed class TerminalConnection(TerminalSession session, WebSocketConnection socket, TimeProvider time)
{
    private const int MaxCells = 10_000;
    private const int CharacterBuffer = 16 * 1024;

    private static readonly TimeSpan LongestFlush = TimeSpan.FromSeconds(30);

    /// <summary>Runs until the client has disconnected, or the shell has ended and the client knows it.</summary>
    /// <param name="stopping">Is cancelled when the server stops.</param>
    /// <param name="cancellationToken">Is cancelled when the connection is lost.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var stop = stopping.UnsafeRegister(
            _ => _ = socket.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, "The server is stopping.", CancellationToken.None), null);
        var sending = SendAsync(ended.Token);
        try
        {
            await ReceiveAsync(ended.Token);
        }
        finally
        {
            session.Remove(this);
            await ended.CancelAsync();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        if (!await WriteAsync("""["setup", {}]""", cancellationToken)) return;
        var decoder = Encoding.UTF8.GetDecoder();
        var characters = new char[CharacterBuffer];
        using var reader = session.Output.Open();
        while (await reader.ReadAsync(cancellationToken) is { } chunk)
        {
            for (ReadOnlyMemory<byte> rest = chunk; !rest.IsEmpty;)
            {
                // A character can lie across two chunks.
                decoder.Convert(rest.Span, characters, flush: false, out var used, out var count, out _);
                rest = rest[used..];
                if (count > 0 && !await WriteAsync($"[\"stdout\", {JsonConvert.ToString(new string(characters, 0, count))}]", cancellationToken)) return;
            }
        }

        if (!await WriteAsync("""["disconnect", 1]""", cancellationToken)) return;
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "The terminal has ended.", cancellationToken);
    }

    private async Task<bool> WriteAsync(string message, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(LongestFlush, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        socket.WriteMessage(isText: true, Encoding.UTF8.GetBytes(message));
        return await socket.FlushAsync(either.Token);
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        while (await socket.ReceiveAsync(cancellationToken) is { } message)
        {
            if (Parse(message) is not { } parts)
            {
                _ = socket.CloseOutputAsync(
                    WebSocketCloseStatus.InvalidPayloadData, "A message has to be a JSON list that begins with its kind.", CancellationToken.None);
                continue;
            }

            session.Touch();
            switch ((string?)parts[0])
            {
                case "stdin" when parts.ElementAtOrDefault(1) is JValue { Value: string text }:
                    await TypeAsync(text, cancellationToken);
                    break;
                case "set_size" when parts.ElementAtOrDefault(1) is { } rows && parts.ElementAtOrDefault(2) is { } columns:
                    if (Cells(rows) is { } height && Cells(columns) is { } width) session.SetSize(this, new TerminalSize(width, height));
                    break;
            }
        }
    }

    private async Task TypeAsync(string text, CancellationToken cancellationToken)
    {
        try
        {
            await session.Process.WriteInputAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
        }
        catch (SandboxProcessException)
        {
            // The shell has ended, which the other task tells the client.
        }
    }

    private static JArray? Parse(WebSocketMessage message)
    {
        try
        {
            using var reader = new JsonTextReader(new StringReader(Encoding.UTF8.GetString(message.Payload.Span)))
            {
                DateParseHandling = DateParseHandling.None,
                MaxDepth = 8,
            };
            return message.IsText && JToken.ReadFrom(reader) is JArray { Count: > 0 } parts && parts[0].Type == JTokenType.String && !reader.Read()
                ? parts
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Clients without a visible terminal send zero or null.
    private static int? Cells(JToken token) => token switch
    {
        JValue { Value: long and > 0 and <= MaxCells and var count } => (int)count,
        JValue { Value: double and >= 1 and <= MaxCells and var count } => (int)count,
        _ => null,
    };
}
