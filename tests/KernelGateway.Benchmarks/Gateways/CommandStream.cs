using System.Buffers.Binary;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace KernelGateway.Benchmarks.Gateways;

/// <summary>One command of a gateway, whose output is counted and hashed as it comes.</summary>
internal sealed class CommandStream : IDisposable
{
    private const int EnvelopeHeaderBytes = 5;
    private const byte EndFlag = 2;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = new byte[64 * 1024];
    private string? _end;

    /// <summary>Gets the number of bytes that the command has written.</summary>
    public long Bytes { get; private set; }

    /// <summary>Starts a command and reads its output to the end.</summary>
    /// <param name="client">The client with the address and the token of the gateway.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="pauseAsync">Called after each piece, for a reader that is slow; null for one that is not.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The SHA-256 of the standard output.</returns>
    /// <exception cref="BenchmarkException">The command or its stream failed.</exception>
    public async Task<byte[]> RunAsync(
        HttpClient client, string[] command, Func<CommandStream, Task>? pauseAsync, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(ServiceRequests.StartBody(command[0], command[1..]));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/connect+json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "process.Process/Start") { Content = content };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await using var body = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(cancellationToken);
        while (await ReadEnvelopeAsync(body, cancellationToken) is var (flags, message))
        {
            if (flags == EndFlag)
            {
                if (_end == "exit status 0") return _hash.GetHashAndReset();
                throw new BenchmarkException($"The command ended with '{_end}', its stream: {Encoding.UTF8.GetString(message.Span)}");
            }

            Take(message.Span);
            if (pauseAsync is not null) await pauseAsync(this);
        }

        throw new BenchmarkException($"The stream of the command broke after {Bytes} bytes.");
    }

    public void Dispose() => _hash.Dispose();

    private async Task<(byte Flags, ReadOnlyMemory<byte> Message)?> ReadEnvelopeAsync(
        Stream body, CancellationToken cancellationToken)
    {
        var header = _buffer.AsMemory(0, EnvelopeHeaderBytes);
        var read = await body.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken);
        if (read < header.Length) return null;
        var flags = header.Span[0];
        var length = BinaryPrimitives.ReadInt32BigEndian(header.Span[1..]);
        if (length > _buffer.Length) _buffer = new byte[length];
        await body.ReadExactlyAsync(_buffer.AsMemory(0, length), cancellationToken);
        return (flags, _buffer.AsMemory(0, length));
    }

    private void Take(ReadOnlySpan<byte> message)
    {
        var json = new Utf8JsonReader(message);
        while (json.Read())
        {
            if (json.TokenType != JsonTokenType.PropertyName) continue;
            if (json.ValueTextEquals("stdout"u8))
            {
                json.Read();
                var output = json.GetBytesFromBase64();
                Bytes += output.Length;
                _hash.AppendData(output);
            }
            else if (json.ValueTextEquals("status"u8))
            {
                json.Read();
                _end = json.GetString();
            }
            else if (json.ValueTextEquals("stderr"u8))
            {
                json.Read();
                throw new BenchmarkException($"The command wrote: {Encoding.UTF8.GetString(json.GetBytesFromBase64())}");
            }
        }
    }
}
