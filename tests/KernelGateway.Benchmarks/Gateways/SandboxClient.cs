using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Gateways;

/// <summary>A client of a sandbox service, with one connection for its API and for its sandboxes.</summary>
internal sealed class SandboxClient(SandboxService service) : IDisposable
{
    public const int CodeInterpreterPort = 49999;
    public const int ServicesPort = 49983;

    private const int Ok = 200;
    private const int Created = 201;
    private const int NoContent = 204;
    private const int LifetimeSeconds = 3600;

    private readonly HttpConnection _connection = new(service.EndPoint);

    /// <summary>Gets the connection, so that a measurement can use it, and close it when it is given up.</summary>
    public HttpConnection Connection => _connection;

    /// <summary>Creates a sandbox, which can be used when the method returns.</summary>
    public BenchSandbox Create(string template)
    {
        var body = new JsonObject { ["templateID"] = template, ["timeout"] = LifetimeSeconds };
        var answer = JsonDocument.Parse(Ask(Created, "POST", "/v2/sandboxes", body)).RootElement;
        return new BenchSandbox(answer.GetProperty("sandboxID").GetString()!, answer.GetProperty("envdAccessToken").GetString()!);
    }

    public void Pause(BenchSandbox sandbox) => Ask(NoContent, "POST", $"/sandboxes/{sandbox.Id}/pause", new JsonObject());

    public void Resume(BenchSandbox sandbox) =>
        Ask(Created, "POST", $"/sandboxes/{sandbox.Id}/connect", new JsonObject { ["timeout"] = LifetimeSeconds });

    public void Kill(string id) => Ask(NoContent, "DELETE", $"/sandboxes/{id}", null);

    /// <summary>Kills a sandbox that may have ended by itself.</summary>
    public void TryKill(string id) => _connection.Ask(CreateRequest("DELETE", $"/sandboxes/{id}", null));

    /// <summary>Lists the sandboxes that run and returns their ids.</summary>
    public List<string> List()
    {
        using var answer = JsonDocument.Parse(Ask(Ok, "GET", "/sandboxes", null));
        return [.. answer.RootElement.EnumerateArray().Select(item => item.GetProperty("sandboxID").GetString()!)];
    }

    /// <summary>Returns the seconds until the list of the sandboxes that run was received.</summary>
    public double MeasureList() => _connection.Measure(CreateRequest("GET", "/sandboxes", null), "]"u8).Seconds;

    public void KillAll()
    {
        foreach (var id in List()) TryKill(id);
    }

    /// <summary>Runs blocking calls on a thread of their own, with a deadline.</summary>
    public Task<T> RunAsync<T>(
        Func<SandboxClient, T> calls, TimeSpan limit, CancellationToken cancellationToken) => Deadline.RunAsync(
        async token =>
        {
            await using var hangUp = token.Register(_connection.Dispose);
            try
            {
                return await Task.Factory.StartNew(
                    () => calls(this), token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
            catch (Exception exception)
                when (exception is SocketException or ObjectDisposedException && token.IsCancellationRequested)
            {
                throw new OperationCanceledException(token);
            }
            catch (SocketException exception)
            {
                throw new BenchmarkException($"A connection to the service has ended: {exception.Message}");
            }
        },
        limit,
        TimeProvider.System,
        cancellationToken);

    /// <summary>Runs code in the default context and returns the seconds until the end of the execution.</summary>
    public double Run(BenchSandbox sandbox, string code) =>
        _connection.Measure(CreateExecuteRequest(sandbox, code), "\"end_of_execution\""u8).Seconds;

    /// <summary>Runs code and returns the seconds until its result.</summary>
    public double MeasureToResult(BenchSandbox sandbox, string code) =>
        _connection.Measure(CreateExecuteRequest(sandbox, code), "\"result\""u8).Seconds;

    /// <summary>Encodes a request to a port of a sandbox, for the service or for the sidecar itself.</summary>
    public static byte[] CreatePortRequest(
        BenchSandbox sandbox, int port, string method, string target, string headers = "", long bytes = 0) =>
        Encoding.ASCII.GetBytes(
            $"{method} {target} HTTP/1.1\r\nHost: localhost\r\nE2b-Sandbox-Id: {sandbox.Id}\r\n"
            + $"E2b-Sandbox-Port: {port.ToString(CultureInfo.InvariantCulture)}\r\nX-Access-Token: {sandbox.Token}\r\n{headers}"
            + (bytes > 0 ? $"Content-Length: {bytes.ToString(CultureInfo.InvariantCulture)}\r\n\r\n" : "\r\n"));

    public void Dispose() => _connection.Dispose();

    private static byte[] CreateExecuteRequest(BenchSandbox sandbox, string code)
    {
        var body = Encoding.UTF8.GetBytes(new JsonObject { ["code"] = code }.ToJsonString());
        var head = CreatePortRequest(
            sandbox, CodeInterpreterPort, "POST", "/execute", "Content-Type: application/json\r\n", body.Length);
        return [.. head, .. body];
    }

    private string Ask(int expected, string method, string path, JsonObject? body)
    {
        var (status, answer) = _connection.Ask(CreateRequest(method, path, body));
        if (status == expected || (status is Ok or Created && expected is Ok or Created)) return answer;
        throw new BenchmarkException($"The service answered {status} to {method} {path}: {answer}");
    }

    private byte[] CreateRequest(string method, string path, JsonObject? body)
    {
        var content = body?.ToJsonString() ?? "";
        return Encoding.UTF8.GetBytes(
            $"{method} {path} HTTP/1.1\r\nHost: {service.EndPoint}\r\nX-API-KEY: {service.Key}\r\n"
            + "Content-Type: application/json\r\n"
            + $"Content-Length: {Encoding.UTF8.GetByteCount(content).ToString(CultureInfo.InvariantCulture)}\r\n\r\n{content}");
    }
}
