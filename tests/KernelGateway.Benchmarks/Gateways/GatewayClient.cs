using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KernelGateway.Benchmarks.Gateways;

/// <summary>The requests of the rows to a gateway.</summary>
internal sealed class GatewayClient(IPEndPoint endPoint, string token) : IDisposable
{
    private readonly HttpConnection _connection = new(endPoint);

    /// <summary>Creates a Python context in a directory and returns its id.</summary>
    public string CreateContext(string directory)
    {
        var body = new JsonObject { ["language"] = "python", ["cwd"] = directory };
        return JsonDocument.Parse(Ask("POST", "/contexts", body)).RootElement.GetProperty("id").GetString()!;
    }

    public void RemoveContext(string id) => Ask("DELETE", $"/contexts/{id}", null);

    /// <summary>Encodes the request that runs code, so that it can be sent repeatedly.</summary>
    public byte[] CreateExecuteRequest(string contextId, string code) =>
        CreateRequest("POST", "/execute", new JsonObject { ["code"] = code, ["context_id"] = contextId });

    /// <summary>Runs code and returns all lines of the response.</summary>
    public string Execute(string contextId, string code)
    {
        var answer = AskFor(200, CreateExecuteRequest(contextId, code));
        return answer.Contains("\"end_of_execution\"", StringComparison.Ordinal)
            ? answer
            : throw new BenchmarkException($"The answer has no end of execution: {answer}");
    }

    /// <summary>Runs code and returns the seconds until the end of the execution, and the length of the response.</summary>
    public (double Seconds, long Bytes) MeasureToEnd(byte[] executeRequest) =>
        _connection.Measure(executeRequest, "\"end_of_execution\""u8);

    /// <summary>Runs code and returns the seconds until its result.</summary>
    public double MeasureToResult(byte[] executeRequest) => _connection.Measure(executeRequest, "\"result\""u8).Seconds;

    /// <summary>Runs blocking calls on a separate thread. A cancellation ends them.</summary>
    public async Task<T> RunAsync<T>(Func<GatewayClient, T> calls, CancellationToken cancellationToken)
    {
        await using var hangUp = cancellationToken.Register(_connection.Dispose);
        try
        {
            return await Task.Factory.StartNew(
                () => calls(this), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    public void Dispose() => _connection.Dispose();

    private string Ask(string method, string path, JsonObject? body) => AskFor(200, CreateRequest(method, path, body));

    private string AskFor(int expected, byte[] request)
    {
        var (status, answer) = _connection.Ask(request);
        if (status == expected) return answer;
        var line = Encoding.ASCII.GetString(request.AsSpan(0, request.AsSpan().IndexOf((byte)'\r')));
        throw new BenchmarkException($"The gateway answered {status} to {line}: {answer}");
    }

    private byte[] CreateRequest(string method, string path, JsonObject? body)
    {
        var content = body?.ToJsonString() ?? "";
        return Encoding.UTF8.GetBytes(
            $"{method} {path} HTTP/1.1\r\nHost: {endPoint}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {Encoding.UTF8.GetByteCount(content)}\r\n\r\n{content}");
    }
}
