using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Tests.Support;

/// <summary>The lines of a response, one at a time. Disposing it before the end breaks the connection, as a client that disconnects does.</summary>
internal sealed class LineStream(HttpResponseMessage response, Stream body) : IDisposable
{
    private readonly StreamReader _reader = new(body);

    public HttpResponseMessage Response => response;

    public string ExecutionId => response.Headers.GetValues("X-Execution-Id").Single();

    /// <summary>Reads the next line without parsing it; null at the end of the body.</summary>
    public async Task<string?> ReadRawAsync(CancellationToken cancellationToken) => await _reader.ReadLineAsync(cancellationToken);

    /// <summary>Reads the next event.</summary>
    public async Task<JObject> ReadAsync(CancellationToken cancellationToken) =>
        (JObject)HttpCalls.Parse(await ReadRawAsync(cancellationToken) ?? throw new EndOfStreamException("The stream has ended."));

    /// <summary>Reads up to the next event of a type and returns that event.</summary>
    public async Task<JObject> ReadUntilAsync(string type, CancellationToken cancellationToken)
    {
        while (true)
        {
            var line = await ReadAsync(cancellationToken);
            if ((string?)line["type"] == type) return line;
        }
    }

    /// <summary>Reads all events up to the end of the body, without keep-alives.</summary>
    public async Task<List<JObject>> ReadAllAsync(CancellationToken cancellationToken)
    {
        var lines = new List<JObject>();
        while (await ReadRawAsync(cancellationToken) is { } line)
        {
            var parsed = (JObject)HttpCalls.Parse(line);
            if ((string?)parsed["type"] != "keepalive") lines.Add(parsed);
        }

        return lines;
    }

    public void Dispose()
    {
        _reader.Dispose();
        response.Dispose();
    }
}
