using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client.Connect;

/// <summary>The messages of a streamed answer, in their order.</summary>
/// <remarks>One caller reads. Disposal closes the connection, whatever the server still sends.</remarks>
internal sealed class ConnectStream : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly Stream _body;
    private readonly EnvelopeReader _envelopes;
    private readonly TimeSpan _silenceLimit;
    private readonly CancellationTokenSource _silence;
    private readonly CancellationTokenSource? _deadline;

    /// <summary>Takes over an answer.</summary>
    /// <param name="response">The answer, whose headers have come.</param>
    /// <param name="body">Its body.</param>
    /// <param name="silenceLimit">How long nothing may come, keepalives included, before the connection counts as lost.</param>
    /// <param name="deadline">Ends the stream; it is disposed with the stream.</param>
    /// <param name="time">The clock.</param>
    public ConnectStream(HttpResponseMessage response, Stream body, TimeSpan silenceLimit, CancellationTokenSource? deadline, TimeProvider time)
    {
        _response = response;
        _body = body;
        _envelopes = new EnvelopeReader(body);
        _silenceLimit = silenceLimit;
        _silence = new CancellationTokenSource(silenceLimit, time);
        _deadline = deadline;
    }

    /// <summary>Reads the next message; null when the stream has ended without an error.</summary>
    /// <exception cref="ConnectException">The server ended it with an error, or its time is over.</exception>
    /// <exception cref="IOException">The connection was lost.</exception>
    public async ValueTask<JObject?> ReadAsync(CancellationToken cancellationToken)
    {
        _silence.CancelAfter(_silenceLimit);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _silence.Token, _deadline?.Token ?? CancellationToken.None);
        Envelope envelope;
        try
        {
            envelope = await _envelopes.ReadAsync(any.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (any.IsCancellationRequested)
        {
            // Whichever exception the aborted read has ended with.
            cancellationToken.ThrowIfCancellationRequested();
            if (_deadline is { IsCancellationRequested: true }) throw new ConnectException("deadline_exceeded", "the call did not end in time");
            throw new IOException($"Nothing came from the server for {_silenceLimit.TotalSeconds:0} seconds, not even a keepalive.", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or InvalidDataException)
        {
            throw new IOException($"The stream broke off: {exception.Message}", exception);
        }

        var text = Encoding.UTF8.GetString(envelope.Payload);
        try
        {
            if (!envelope.IsEnd) return WireJson.Parse(text) as JObject ?? throw new JsonReaderException("The message is not an object.");
        }
        catch (JsonException exception)
        {
            throw new IOException("The stream has a message that is not JSON.", exception);
        }

        if (WireJson.TryParseObject(text)?["error"] is not JObject error) return null;
        throw new ConnectException(error.Text("code") ?? "unknown", error.Text("message") ?? "");
    }

    public async ValueTask DisposeAsync()
    {
        _response.Dispose();
        await _body.DisposeAsync().ConfigureAwait(false);
        _silence.Dispose();
        _deadline?.Dispose();
    }
}
