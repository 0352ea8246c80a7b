using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using KernelGateway.Soak.Books;
using KernelGateway.Soak.Cells;
using KernelGateway.Soak.Gateways;

namespace KernelGateway.Soak.Clients;

/// <summary>One connection to the server for running code and reading events. It may be broken on purpose.</summary>
internal sealed class HttpExchange : IDisposable
{
    private readonly HttpClient _http;
    private readonly bool _ownsClient;
    private HttpResponseMessage? _response;
    private StreamReader? _lines;
    private Socket? _socket;

    /// <param name="contexts">The server.</param>
    /// <param name="ownsConnection">Whether the connection is not shared, so that it can be broken.</param>
    public HttpExchange(ServerContexts contexts, bool ownsConnection)
    {
        _ownsClient = ownsConnection;
        _http = ownsConnection ? contexts.CreateClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync }) : contexts.Http;
    }

    /// <summary>Posts the code. Returns the status, and for 200 the execution id.</summary>
    public async Task<(HttpStatusCode Status, string Text)> ExecuteAsync(
        Cell cell, string contextId, bool continuesWithoutClient, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["code"] = cell.Code, ["context_id"] = contextId, ["detail"] = true,
            ["on_disconnect"] = continuesWithoutClient ? "continue" : "interrupt",
        };
        if (cell.Timeout is { } timeout) body["timeout"] = timeout.TotalSeconds;
        using var request = new HttpRequestMessage(HttpMethod.Post, "execute")
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        var status = await OpenAsync(request, cancellationToken);
        return status == HttpStatusCode.OK
            ? (status, _response!.Headers.GetValues("X-Execution-Id").Single())
            : (status, await _response!.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>Opens the journal of an execution after an event.</summary>
    public async Task<HttpStatusCode> OpenEventsAsync(string executionId, long after, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"executions/{executionId}/events?after={after}");
        return await OpenAsync(request, cancellationToken);
    }

    /// <summary>Reads one event into the entry. Returns false at the end of the response.</summary>
    public async Task<bool> ReadAsync(ExecutionEntry entry, FindingList findings, CancellationToken cancellationToken)
    {
        if (await _lines!.ReadLineAsync(cancellationToken) is not { } line) return false;
        entry.NoteRaw(line);
        if (EventApplier.Apply(entry, line) is { } problem) findings.Add("sequence", $"{problem}: {entry}");
        return true;
    }

    /// <summary>Breaks the connection by a reset or a close.</summary>
    public void Tear(bool resets)
    {
        try
        {
            if (resets) _socket?.LingerState = new LingerOption(true, 0);
        }
        catch (ObjectDisposedException)
        {
            // HttpClient has already closed the connection, because its request was cancelled.
        }

        _socket?.Dispose();
    }

    public void Dispose()
    {
        _lines?.Dispose();
        _response?.Dispose();
        if (_ownsClient) _http.Dispose();
    }

    private async Task<HttpStatusCode> OpenAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _lines?.Dispose();
        _response?.Dispose();
        _response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        _lines = null;
        if (_response.IsSuccessStatusCode) _lines = new StreamReader(await _response.Content.ReadAsStreamAsync(cancellationToken), Encoding.UTF8);
        return _response.StatusCode;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext connection, CancellationToken cancellationToken)
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await _socket.ConnectAsync(IPAddress.Loopback, connection.DnsEndPoint.Port, cancellationToken);
        return new NetworkStream(_socket, ownsSocket: true);
    }
}
