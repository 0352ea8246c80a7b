using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using KernelGateway.ControlPlane.Engines;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>Talks to the sidecars of sandboxes over their sockets: waits until they can be used, and gives them what a request brought.</summary>
internal sealed class SidecarClient : IDisposable
{
    internal const string IdHeader = "E2b-Sandbox-Id";
    internal const string PortHeader = "E2b-Sandbox-Port";
    internal const string TokenHeader = "X-Access-Token";
    internal const int ServicesPort = 49983;
    internal const int CodeInterpreterPort = 49999;

    /// <summary>The path of the JSON-RPC of the SDKs' first generation.</summary>
    internal const string FirstSocketPath = "/ws";

    private const int MaxProblemCharacters = 500;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(20);

    // Code without effect; a kernel does less for an empty cell than for any other.
    private static readonly Dictionary<string, string> IdleCode = new(StringComparer.Ordinal)
    {
        ["python"] = "pass",
        ["r"] = "invisible(NULL)",
        ["bash"] = ":",
    };

    // Between two runs of a template's ready command.
    private static readonly TimeSpan ReadyPause = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _client;

    public SidecarClient(ISandboxEngine engine, TimeProvider time)
    {
        _time = time;
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectCallback = (connection, cancellationToken) => engine.ConnectAsync(connection.DnsEndPoint.Host, cancellationToken),

            // These few requests are made once in a sandbox's life.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(1),
        });
    }

    /// <summary>Waits until the sidecar answers.</summary>
    public async Task WaitUntilReadyAsync(string id, string token, CancellationToken cancellationToken)
    {
        for (var pause = FirstPause; !await AnswersAsync(id, token, cancellationToken).ConfigureAwait(false);)
        {
            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
            if (pause < LongestPause) pause *= 2;
        }
    }

    /// <summary>Gives the sidecar the variables, the user and the directory of commands and kernels.</summary>
    /// <exception cref="SandboxException">The sidecar refuses them.</exception>
    public async Task InitializeAsync(string id, string token, SidecarSettings settings, CancellationToken cancellationToken)
    {
        using var request = Create(HttpMethod.Post, id, token, ServicesPort, "/init");
        var body = new Dictionary<string, object> { ["envVars"] = settings.Variables };
        if (settings.User is { } user) body["defaultUser"] = user;
        if (settings.WorkingDirectory is { } directory) body["defaultWorkdir"] = directory;
        request.Content = ToJson(body);
        using var response = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode) return;
        var problem = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var isRequest = response.StatusCode == HttpStatusCode.BadRequest;
        throw new SandboxException(
            isRequest ? SandboxFailure.Invalid : SandboxFailure.Failed,
            $"The sandbox refuses its settings: {ReadMessage(problem)}",
            isRequest ? null : "sandbox_create_failed");
    }

    /// <summary>Starts the kernel of a language and waits until it has run code, so that the first cell takes no longer than later ones.</summary>
    /// <remarks>The kernel has counted no cell then, and its history is empty.</remarks>
    /// <exception cref="SandboxException">There is no such kernel, or it does not start.</exception>
    public async Task StartKernelAsync(string id, string token, string language, CancellationToken cancellationToken)
    {
        using var request = Create(HttpMethod.Post, id, token, CodeInterpreterPort, "/execute");
        request.Content = ToJson(new Dictionary<string, object>
        {
            ["code"] = IdleCode.GetValueOrDefault(language, ""),
            ["language"] = language,
            ["store_history"] = false,
        });
        using var response = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        await RequireSuccessAsync(response, $"The kernel of '{language}' does not start", cancellationToken).ConfigureAwait(false);

        // The kernel has run the code when the answer is complete.
        await response.Content.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts a shell command as the user of the template and leaves it running.</summary>
    /// <exception cref="SandboxException">It cannot be started.</exception>
    public async Task StartCommandAsync(string id, string token, string command, CancellationToken cancellationToken)
    {
        await foreach (var _ in RunAsync(id, token, command, "start_cmd", cancellationToken).ConfigureAwait(false)) return;
    }

    /// <summary>Runs a shell command as the user of the template, again and again, until its exit code is 0.</summary>
    /// <exception cref="SandboxException">It cannot be started.</exception>
    public async Task WaitForSuccessAsync(string id, string token, string command, CancellationToken cancellationToken)
    {
        while (true)
        {
            await foreach (var happened in RunAsync(id, token, command, "ready_cmd", cancellationToken).ConfigureAwait(false))
                if (happened is { HasEnded: true, ExitCode: 0 }) return;
            await Task.Delay(ReadyPause, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Lets the sidecar answer and close the connections of clients of the first generation, as far as it can.</summary>
    public async Task CloseFirstSocketsAsync(string id, string token, CancellationToken cancellationToken)
    {
        using var request = Create(HttpMethod.Delete, id, token, ServicesPort, FirstSocketPath);
        using var response = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _client.Dispose();

    private async IAsyncEnumerable<CommandEvent> RunAsync(
        string id, string token, string command, string tag, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = Create(HttpMethod.Post, id, token, ServicesPort, SidecarProcess.Path);
        request.Content = SidecarProcess.CreateBody(command, tag);
        using var response = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        await RequireSuccessAsync(response, $"The command '{command}' cannot be started", cancellationToken).ConfigureAwait(false);
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var happened in SidecarProcess.ReadEventsAsync(stream, cancellationToken).ConfigureAwait(false)) yield return happened;
    }

    private static async Task RequireSuccessAsync(HttpResponseMessage response, string problem, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode) return;
        var answer = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        throw new SandboxException(SandboxFailure.Failed, $"{problem}: {Shorten(answer)}", "sandbox_create_failed");
    }

    private async Task<bool> AnswersAsync(string id, string token, CancellationToken cancellationToken)
    {
        using var request = Create(HttpMethod.Get, id, token, ServicesPort, "/health");
        try
        {
            using var response = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or IOException)
        {
            // It does not listen yet. When its process has ended, the caller's token is cancelled.
            return false;
        }
    }

    private static HttpRequestMessage Create(HttpMethod method, string id, string token, int port, string path)
    {
        var request = new HttpRequestMessage(method, new Uri($"http://{id}{path}"));
        request.Headers.Host = "localhost";
        request.Headers.TryAddWithoutValidation(IdHeader, id);
        request.Headers.TryAddWithoutValidation(PortHeader, port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation(TokenHeader, token);
        return request;
    }

    private static ByteArrayContent ToJson(Dictionary<string, object> body)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private static string ReadMessage(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.TryGetProperty("message", out var message) && message.GetString() is { } text) return text;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not the form of its errors; the text itself says what there is to say.
        }

        return Shorten(body);
    }

    private static string Shorten(string text) => text[..Math.Min(text.Length, MaxProblemCharacters)];
}

/// <summary>What a sidecar does for requests that do not say.</summary>
/// <param name="Variables">The variables of commands and kernels.</param>
/// <param name="User">The user of files and commands; null for the one of its arguments.</param>
/// <param name="WorkingDirectory">The directory of commands; null for the user's home.</param>
internal sealed record SidecarSettings(IReadOnlyDictionary<string, string> Variables, string? User, string? WorkingDirectory);
