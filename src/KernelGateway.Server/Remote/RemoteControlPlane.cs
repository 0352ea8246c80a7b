using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Server.Remote;

/// <summary>A sandbox as a control plane lists it.</summary>
internal sealed record RemoteSandbox(
    string Id, string Template, string State, DateTimeOffset EndAt, IReadOnlyDictionary<string, string> Metadata);

/// <summary>What a client needs to use a sandbox.</summary>
/// <param name="Id">The sandbox.</param>
/// <param name="AccessToken">The token of its files and commands; null where they need none.</param>
internal sealed record RemoteSandboxAccess(string Id, string? AccessToken);

/// <summary>Something that happened to a sandbox.</summary>
internal sealed record RemoteLogEntry(DateTimeOffset Time, string Level, string Message);

/// <summary>A sandbox that is asked for.</summary>
internal sealed record RemoteSandboxRequest
{
    public required string Template { get; init; }

    public int? TimeoutSeconds { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets whether it reaches the internet; null for the control plane's default.</summary>
    public bool? AllowsInternet { get; init; }

    /// <summary>Gets a value indicating whether it is paused at the end of its lifetime, and not killed.</summary>
    public bool PausesAtEnd { get; init; }
}

/// <summary>A control plane, as its clients see it (E2B wire API, part C).</summary>
internal sealed class RemoteControlPlane : IDisposable
{
    private const string NextToken = "X-Next-Token";

    private readonly RemoteServer _server;
    private readonly bool _hasKey;

    /// <summary>Creates the client. It connects when something is asked for.</summary>
    /// <param name="address">The address of the REST API.</param>
    /// <param name="key">The API key; null for none.</param>
    public RemoteControlPlane(RemoteAddress address, string? key)
    {
        _server = new RemoteServer(address, "control plane");
        _hasKey = key is not null;
        if (key is not null) _server.Http.DefaultRequestHeaders.TryAddWithoutValidation("X-API-KEY", key);
    }

    /// <summary>Lists the sandboxes of the key's team.</summary>
    /// <param name="states">The states, with commas between them; null for all.</param>
    /// <param name="metadata">What they have in their metadata.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="RemoteException">It failed.</exception>
    public async Task<IReadOnlyList<RemoteSandbox>> ListAsync(
        string? states, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        var query = new List<string>();
        if (states is not null) query.Add($"state={Uri.EscapeDataString(states)}");
        if (metadata.Count > 0) query.Add($"metadata={Uri.EscapeDataString(DescribeMetadata(metadata))}");
        var sandboxes = new List<RemoteSandbox>();
        string? next = null;
        do
        {
            IEnumerable<string> page = next is null ? query : [.. query, $"nextToken={Uri.EscapeDataString(next)}"];
            using var response = await SendAsync(
                HttpMethod.Get, $"v2/sandboxes?{string.Join('&', page)}", body: null, cancellationToken);
            var items = await ReadAsync<JArray>(response, cancellationToken);
            sandboxes.AddRange(items.Select(ReadSandbox));
            next = response.Headers.TryGetValues(NextToken, out var values) ? values.First() : null;
        }
        while (next is { Length: > 0 });
        return sandboxes;
    }

    /// <summary>Creates a sandbox and returns its id when it can be used.</summary>
    /// <exception cref="RemoteException">It failed.</exception>
    public async Task<string> CreateAsync(RemoteSandboxRequest request, CancellationToken cancellationToken)
    {
        var body = new JObject { ["templateID"] = request.Template, ["secure"] = true };
        if (request.TimeoutSeconds is { } seconds) body["timeout"] = seconds;
        if (request.Metadata.Count > 0) body["metadata"] = JObject.FromObject(request.Metadata);
        if (request.Variables.Count > 0) body["envVars"] = JObject.FromObject(request.Variables);
        if (request.AllowsInternet is { } allows) body["allow_internet_access"] = allows;
        if (request.PausesAtEnd) body["autoPause"] = true;
        using var response = await SendAsync(HttpMethod.Post, "sandboxes", body, cancellationToken);
        return ReadAccess(await ReadAsync<JObject>(response, cancellationToken)).Id;
    }

    /// <summary>Makes a sandbox usable: a paused one is resumed, and it lives at least for a time from now on.</summary>
    /// <exception cref="RemoteException">There is no such sandbox, or it failed.</exception>
    public async Task<RemoteSandboxAccess> ConnectAsync(string id, int seconds, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            HttpMethod.Post, PathOf(id, "/connect"), new JObject { ["timeout"] = seconds }, cancellationToken);
        return ReadAccess(await ReadAsync<JObject>(response, cancellationToken));
    }

    /// <summary>Lets a running sandbox live at least for a time from now on.</summary>
    /// <exception cref="RemoteException">There is no such sandbox, it does not run, or it failed.</exception>
    public async Task RefreshAsync(string id, int seconds, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            HttpMethod.Post, PathOf(id, "/refreshes"), new JObject { ["duration"] = seconds }, cancellationToken);
    }

    /// <summary>Ends a sandbox.</summary>
    /// <exception cref="RemoteException">There is no such sandbox, or it failed.</exception>
    public async Task KillAsync(string id, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Delete, PathOf(id), body: null, cancellationToken);
    }

    /// <summary>Returns what happened to a sandbox, the oldest first.</summary>
    /// <exception cref="RemoteException">There is no such sandbox, or it failed.</exception>
    public async Task<IReadOnlyList<RemoteLogEntry>> ReadLogAsync(string id, string? level, CancellationToken cancellationToken)
    {
        var query = level is null ? "" : $"?level={Uri.EscapeDataString(level)}";
        using var response = await SendAsync(
            HttpMethod.Get, $"v2/{PathOf(id, "/logs")}{query}", body: null, cancellationToken);
        var logs = (await ReadAsync<JObject>(response, cancellationToken))["logs"] as JArray ?? [];
        return [.. logs.Select(ReadLogEntry)];
    }

    public void Dispose() => _server.Dispose();

    private static string PathOf(string id, string rest = "") => $"sandboxes/{Uri.EscapeDataString(id)}{rest}";

    // As the SDKs do: each key and value is encoded twice, and the whole once more as a part of the query.
    private static string DescribeMetadata(IReadOnlyDictionary<string, string> metadata) =>
        string.Join('&', metadata.Select(pair => $"{Encode(pair.Key)}={Encode(pair.Value)}"));

    private static string Encode(string text) => Uri.EscapeDataString(Uri.EscapeDataString(text));

    private static RemoteSandbox ReadSandbox(JToken item) => new(
        (string?)item["sandboxID"] ?? "",
        (string?)item["alias"] ?? (string?)item["templateID"] ?? "",
        (string?)item["state"] ?? "",
        ReadTime(item["endAt"]),
        item["metadata"]?.ToObject<Dictionary<string, string>>() ?? []);

    private static RemoteLogEntry ReadLogEntry(JToken entry) =>
        new(ReadTime(entry["timestamp"]), (string?)entry["level"] ?? "", (string?)entry["message"] ?? "");

    private static DateTimeOffset ReadTime(JToken? value) =>
        DateTimeOffset.TryParse((string?)value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : default;

    private RemoteSandboxAccess ReadAccess(JObject body) => (string?)body["sandboxID"] is { Length: > 0 } id
        ? new RemoteSandboxAccess(id, (string?)body["envdAccessToken"])
        : throw NotAControlPlane();

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, JObject? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToString(Formatting.None)));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        var response = await _server.SendAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode) return response;
        using (response) throw await ReadErrorAsync(response, cancellationToken);
    }

    private async Task<RemoteException> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode == HttpStatusCode.Unauthorized)
        {
            return new RemoteException(
                RemoteProblem.TokenRefused,
                _hasKey
                    ? $"The control plane at {_server.Address} refused the API key."
                    : $"The control plane at {_server.Address} needs an API key: give it with --api-key or in the environment "
                        + "variable E2B_API_KEY.");
        }

        var message = (string?)(TryParse(await ReadTextAsync(response, cancellationToken)) as JObject)?["message"];
        if (message is not { Length: > 0 })
        {
            return new RemoteException(
                RemoteProblem.Other,
                $"The server at {_server.Address} answered with status {(int)response.StatusCode}: is it a control plane?");
        }

        return new RemoteException(
            response.StatusCode switch
            {
                HttpStatusCode.NotFound => RemoteProblem.NotFound,
                HttpStatusCode.BadRequest => RemoteProblem.InvalidArgument,
                _ => RemoteProblem.Other,
            },
            message.EndsWith('.') ? message : message + ".");
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
        where T : JToken =>
        TryParse(await ReadTextAsync(response, cancellationToken)) as T ?? throw NotAControlPlane();

    private async Task<string> ReadTextAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadAsStringAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw _server.Unreachable(exception);
        }
    }

    private RemoteException NotAControlPlane() =>
        new(RemoteProblem.Other, $"The server at {_server.Address} is not a control plane.");

    private static JToken? TryParse(string text)
    {
        try
        {
            // Times stay texts.
            using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None };
            return JToken.ReadFrom(reader);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
