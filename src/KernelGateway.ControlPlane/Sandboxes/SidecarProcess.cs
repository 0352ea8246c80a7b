using System.Buffers.Binary;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>The request that starts a command in a sandbox, and the events of its answer, in the JSON form of the Connect protocol.</summary>
internal static class SidecarProcess
{
    internal const string Path = "/process.Process/Start";

    private const string StreamType = "application/connect+json";
    private const int HeaderBytes = 5;
    private const byte EndFlag = 2;

    // More than an event of output has; a wrong length must not become an allocation.
    private const int MaxMessageBytes = 1 << 20;

    /// <summary>Creates the body that starts a shell command.</summary>
    /// <param name="command">The command, for <c>/bin/sh -c</c>.</param>
    /// <param name="tag">The tag of its process in lists.</param>
    internal static ByteArrayContent CreateBody(string command, string tag)
    {
        var message = JsonSerializer.SerializeToUtf8Bytes(new { process = new { cmd = "/bin/sh", args = new[] { "-c", command } }, tag });
        var body = new byte[HeaderBytes + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), message.Length);
        message.CopyTo(body, HeaderBytes);
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(StreamType);
        return content;
    }

    /// <summary>Reads events until the command has ended.</summary>
    /// <exception cref="SandboxException">The command cannot be started.</exception>
    internal static async IAsyncEnumerable<CommandEvent> ReadEventsAsync(Stream answer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var header = new byte[HeaderBytes];
        while (true)
        {
            // | flags: 1 byte | length: 4 bytes, big-endian | message |
            await answer.ReadExactlyAsync(header, cancellationToken).ConfigureAwait(false);
            var length = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1));
            if (length is < 0 or > MaxMessageBytes) throw new InvalidDataException("The sidecar sends something else than events.");
            var message = new byte[length];
            await answer.ReadExactlyAsync(message, cancellationToken).ConfigureAwait(false);
            using var json = JsonDocument.Parse(message);
            if ((header[0] & EndFlag) != 0)
            {
                if (!json.RootElement.TryGetProperty("error", out var error)) yield break;
                var text = error.TryGetProperty("message", out var value) ? value.GetString() : null;
                throw new SandboxException(SandboxFailure.Failed, $"The command cannot be started: {text}", "sandbox_create_failed");
            }

            if (!json.RootElement.TryGetProperty("event", out var content)) continue;
            if (content.TryGetProperty("start", out _)) yield return new CommandEvent(HasEnded: false, ExitCode: 0);

            // Without exitCode it is 0; a command that a signal ended has no success either.
            if (!content.TryGetProperty("end", out var end)) continue;
            var hasExited = end.TryGetProperty("exited", out var exited) && exited.GetBoolean();
            yield return new CommandEvent(HasEnded: true, end.TryGetProperty("exitCode", out var code) ? code.GetInt32() : hasExited ? 0 : -1);
        }
    }
}

/// <summary>What became of a command.</summary>
/// <param name="HasEnded">False when it has started, true when it has ended.</param>
/// <param name="ExitCode">The exit code; negative after the end by a signal.</param>
internal readonly record struct CommandEvent(bool HasEnded, int ExitCode);
