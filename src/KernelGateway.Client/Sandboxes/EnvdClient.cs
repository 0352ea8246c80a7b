using System.Net;
using KernelGateway.Client.Connect;
using KernelGateway.Sandboxes;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>Calls the services inside one sandbox: files, watches, processes.</summary>
internal sealed class EnvdClient
{
    private readonly ConnectClient _connect;
    private readonly string _url;
    private readonly string? _trafficToken;

    public EnvdClient(SandboxSettings settings, SandboxRecord sandbox)
    {
        Settings = settings;
        SandboxId = sandbox.Id;
        Version = sandbox.Version;
        AccessToken = sandbox.AccessToken;
        _trafficToken = sandbox.TrafficToken;
        _url = settings.UrlOf(SandboxSettings.ServicesPort, sandbox.Id, sandbox.Domain ?? settings.Domain);
        _connect = new ConnectClient(settings.Http, NewRequest, settings.Time);
    }

    public SandboxSettings Settings { get; }

    public string SandboxId { get; }

    public EnvdVersion Version { get; }

    public string? AccessToken { get; }

    /// <summary>Makes a request with the headers that say which sandbox is meant, and that the caller may use it.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path and the query, without a slash at the beginning.</param>
    public HttpRequestMessage NewRequest(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, $"{_url}/{path}");
        AddHeaders(request.Headers.TryAddWithoutValidation, SandboxSettings.ServicesPort);
        return request;
    }

    /// <summary>Returns the user that has to be named: older services have no default one.</summary>
    public string? UserOr(string? user) => user ?? (Version.Has(EnvdVersion.DefaultUser) ? null : "user");

    /// <summary>Gives the headers of requests for a port of the sandbox.</summary>
    public void AddHeaders(Func<string, string?, bool> add, int port)
    {
        add("E2b-Sandbox-Id", SandboxId);
        add("E2b-Sandbox-Port", port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (AccessToken is { } token) add("X-Access-Token", token);
        if (port != SandboxSettings.ServicesPort && _trafficToken is { } traffic) add("E2B-Traffic-Access-Token", traffic);
        foreach (var (name, value) in Settings.Headers) add(name, value);
    }

    /// <summary>Calls a method with one answer.</summary>
    /// <exception cref="SandboxException">It failed.</exception>
    public Task<JObject> CallAsync(
        string method, JObject message, string? user, Func<string, SandboxException> notFound, CancellationToken cancellationToken) =>
        RunAsync(method, token => _connect.CallAsync(method, message, user, token), notFound, cancellationToken);

    /// <summary>Opens a stream and reads its first message.</summary>
    /// <exception cref="SandboxException">It failed.</exception>
    public Task<(ConnectStream Stream, JObject First)> OpenAsync(
        string method, JObject message, string? user, TimeSpan? timeout, Func<string, SandboxException> notFound, CancellationToken cancellationToken) =>
        RunAsync(method, token => OpenAsync(method, message, user, timeout, token), notFound, cancellationToken);

    /// <summary>Returns whether the services answer. A server that is neither the sandbox's nor its router's is an error.</summary>
    /// <exception cref="SandboxRequestException">The answer is something else.</exception>
    public Task<bool> IsRunningAsync(CancellationToken cancellationToken) => RequestTimer.RunAsync(
        Settings,
        "GET /health",
        async token =>
        {
            using var request = NewRequest(HttpMethod.Get, "health");
            using var response = await Settings.Http.SendAsync(request, token).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.BadGateway) return false;
            if (response.IsSuccessStatusCode) return true;
            throw await EnvdErrors.ReadAsync(response, EnvdErrors.File, token).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>Returns the exception for a connection that broke off: the end of the sandbox has one of its own.</summary>
    public async Task<SandboxException> ExplainAsync(Exception exception, CancellationToken cancellationToken)
    {
        try
        {
            if (!await IsRunningAsync(cancellationToken).ConfigureAwait(false))
                return new SandboxTimeoutException(SandboxTimeoutException.KilledText(exception.Message), HttpStatusCode.BadGateway, innerException: exception);
        }
        catch (SandboxException)
        {
            // Nothing more is known: the first failure is the one to report.
        }

        return new SandboxRequestException(SandboxError.Unavailable, $"The connection to the sandbox was lost: {exception.Message}", innerException: exception);
    }

    private async Task<T> RunAsync<T>(
        string method, Func<CancellationToken, Task<T>> call, Func<string, SandboxException> notFound, CancellationToken cancellationToken)
    {
        try
        {
            return await RequestTimer.RunAsync(Settings, method, call, cancellationToken).ConfigureAwait(false);
        }
        catch (ConnectException exception)
        {
            throw EnvdErrors.Translate(exception, notFound);
        }
    }

    private async Task<(ConnectStream Stream, JObject First)> OpenAsync(
        string method, JObject message, string? user, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var stream = await _connect.OpenAsync(method, message, user, timeout, cancellationToken).ConfigureAwait(false);
        try
        {
            var first = await stream.ReadAsync(cancellationToken).ConfigureAwait(false);
            return (stream, first ?? throw new ConnectException("unknown", $"{method} has ended without a message"));
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
