using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using KernelGateway.Client.Connect;
using KernelGateway.Sandboxes;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>Creates, finds and ends sandboxes: a client of a control plane, ours or E2B's.</summary>
/// <remarks>
/// The static members of <see cref="Sandbox"/> use one with the defaults. Failures are <see cref="SandboxRequestException"/>: above all
/// <see cref="SandboxAuthenticationException"/>, <see cref="SandboxNotFoundException"/>, <see cref="SandboxRateLimitException"/> and
/// <see cref="SandboxArgumentException"/>. All members can be called at the same time. Nothing has to be disposed.
/// </remarks>
public sealed class SandboxClient
{
    private readonly ControlPlaneHttp _http;

    /// <summary>Creates a client.</summary>
    /// <param name="options">Where the service is, and the key; null for those of the environment. They are copied.</param>
    /// <exception cref="ArgumentException">An address or a limit cannot be used.</exception>
    public SandboxClient(SandboxClientOptions? options = null)
        : this(SandboxSettings.Create(options))
    {
    }

    internal SandboxClient(SandboxSettings settings)
    {
        Settings = settings;
        _http = new ControlPlaneHttp(settings);
    }

    internal SandboxSettings Settings { get; }

    /// <summary>Creates a sandbox and returns when it runs.</summary>
    /// <param name="options">What it is like; null for the defaults.</param>
    /// <param name="cancellationToken">Stops waiting. A sandbox that is created meanwhile lives as long as its timeout says.</param>
    /// <exception cref="SandboxTemplateNotFoundException">There is no such template.</exception>
    /// <exception cref="SandboxTemplateException">The services of its template are too old; it was killed.</exception>
    public async Task<Sandbox> CreateAsync(SandboxCreateOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (Settings.IsDebug) return new Sandbox(this, SandboxRecord.Debug);
        options ??= new SandboxCreateOptions();
        var path = options.Secure ? "v2/sandboxes" : "sandboxes";
        var body = await SendAsync(HttpMethod.Post, path, SandboxRequests.Create(options), Template, cancellationToken).ConfigureAwait(false);
        var record = SandboxRecord.Read(body);
        if (!record.Version.Has(EnvdVersion.Oldest))
        {
            await KillAsync(record.Id, CancellationToken.None).ConfigureAwait(false);
            record.Version.Require(EnvdVersion.Oldest, "This client");
        }

        return new Sandbox(this, record);
    }

    /// <summary>Connects to a sandbox; one that is paused is resumed.</summary>
    /// <param name="sandboxId">Its id.</param>
    /// <param name="timeout">How long it lives from now on, at least; null for the service's default, 5 minutes. A running one keeps a longer life.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="SandboxNotFoundException">It does not exist.</exception>
    public async Task<Sandbox> ConnectAsync(string sandboxId, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (Settings.IsDebug) return new Sandbox(this, SandboxRecord.Debug);
        var request = new JObject();
        if (timeout is { } life) request["timeout"] = SandboxRequests.Seconds(life, nameof(timeout));
        var body = await SendAsync(HttpMethod.Post, $"v2/sandboxes/{Segment(sandboxId)}/connect", request, Missing, cancellationToken).ConfigureAwait(false);
        return new Sandbox(this, SandboxRecord.Read(body));
    }

    /// <summary>Lists sandboxes, page by page as the enumeration goes on.</summary>
    /// <param name="options">Which ones; null for all.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    public IAsyncEnumerable<SandboxInfo> ListAsync(SandboxListOptions? options = null, CancellationToken cancellationToken = default) =>
        ReadPagesAsync("v2/sandboxes", SandboxRequests.List(options ?? new SandboxListOptions()), SandboxInfo.Read, cancellationToken);

    /// <summary>Returns what the service knows of a sandbox.</summary>
    /// <param name="sandboxId">Its id.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxNotFoundException">It does not exist.</exception>
    public async Task<SandboxInfo> GetInfoAsync(string sandboxId, CancellationToken cancellationToken = default) =>
        SandboxInfo.Read(await SendAsync(HttpMethod.Get, $"sandboxes/{Segment(sandboxId)}", null, Missing, cancellationToken).ConfigureAwait(false));

    /// <summary>Kills a sandbox, running or paused.</summary>
    /// <param name="sandboxId">Its id.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>False when it does not exist.</returns>
    public async Task<bool> KillAsync(string sandboxId, CancellationToken cancellationToken = default)
    {
        if (Settings.IsDebug) return true;
        return await TryAsync(HttpMethod.Delete, $"sandboxes/{Segment(sandboxId)}", null, HttpStatusCode.NotFound, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sets how long a sandbox lives from now on, longer or shorter than before.</summary>
    /// <param name="sandboxId">Its id.</param>
    /// <param name="timeout">How long, in whole seconds, rounded up.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxNotFoundException">It does not exist, or it is paused.</exception>
    public Task SetTimeoutAsync(string sandboxId, TimeSpan timeout, CancellationToken cancellationToken = default) => Settings.IsDebug
        ? Task.CompletedTask
        : _http.SendAsync(
            HttpMethod.Post,
            $"sandboxes/{Segment(sandboxId)}/timeout",
            new JObject { ["timeout"] = SandboxRequests.Seconds(timeout, nameof(timeout)) },
            Missing,
            cancellationToken);

    /// <summary>Lets a sandbox live at least for a time from now on. Its life is never shortened.</summary>
    /// <param name="sandboxId">Its id.</param>
    /// <param name="duration">How long, in whole seconds, rounded up; the service adds what is missing to 15 seconds and allows an hour at most.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxNotFoundException">It does not exist, or it is paused.</exception>
    public Task RefreshAsync(string sandboxId, TimeSpan duration, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        return Settings.IsDebug
            ? Task.CompletedTask
            : _http.SendAsync(
                HttpMethod.Post,
                $"sandboxes/{Segment(sandboxId)}/refreshes",
                new JObject { ["duration"] = (long)Math.Ceiling(duration.TotalSeconds) },
                Missing,
                cancellationToken);
    }

    /// <summary>Pauses a sandbox.</summary>
    /// <param name="sandboxId">Its id.</param>
    /// <param name="keepMemory">Whether its processes are kept; without, only its files are.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>False when it was paused already.</returns>
    /// <exception cref="SandboxNotFoundException">It does not exist.</exception>
    public Task<bool> PauseAsync(string sandboxId, bool keepMemory = true, CancellationToken cancellationToken = default) => TryAsync(
        HttpMethod.Post,
        $"sandboxes/{Segment(sandboxId)}/pause",
        keepMemory ? [] : new JObject { ["memory"] = false },
        HttpStatusCode.Conflict,
        cancellationToken);

    /// <summary>Returns samples of what a sandbox uses.</summary>
    /// <param name="sandboxId">Its id.</param>
    /// <param name="start">From when on; null for its beginning.</param>
    /// <param name="end">Until when; null for now.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxNotFoundException">It does not exist.</exception>
    public async Task<IReadOnlyList<SandboxMetrics>> GetMetricsAsync(
        string sandboxId, DateTimeOffset? start = null, DateTimeOffset? end = null, CancellationToken cancellationToken = default)
    {
        var query = SandboxRequests.Query(("start", Seconds(start)), ("end", Seconds(end)));
        var body = await SendAsync(HttpMethod.Get, $"sandboxes/{Segment(sandboxId)}/metrics{query}", null, Missing, cancellationToken).ConfigureAwait(false);
        return body is JArray samples ? [.. samples.Select(SandboxMetrics.Read)] : [];

        static string? Seconds(DateTimeOffset? time) => time?.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Replaces which addresses a running sandbox reaches; what is not set is cleared.</summary>
    /// <param name="sandboxId">Its id.</param>
    /// <param name="network">The addresses. Who reaches the sandbox is chosen at its creation and cannot be changed.</param>
    /// <param name="allowInternetAccess">Whether it reaches the internet; null for the service's default.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxNotFoundException">It does not exist.</exception>
    /// <exception cref="ArgumentException">The network says who reaches the sandbox.</exception>
    public Task UpdateNetworkAsync(
        string sandboxId, SandboxNetwork network, bool? allowInternetAccess = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.AllowPublicTraffic is not null || network.MaskRequestHost is not null)
            throw new ArgumentException("AllowPublicTraffic and MaskRequestHost are chosen at the creation of a sandbox.", nameof(network));
        var body = network.ToJson();
        if (allowInternetAccess is { } allows) body["allow_internet_access"] = allows;
        return _http.SendAsync(HttpMethod.Put, $"sandboxes/{Segment(sandboxId)}/network", body, Missing, cancellationToken);
    }

    /// <summary>Makes a snapshot of a sandbox, which keeps running.</summary>
    /// <param name="sandboxId">Its id.</param>
    /// <param name="name">The name of the snapshot; null for none.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="SandboxNotFoundException">It does not exist.</exception>
    public async Task<SnapshotInfo> CreateSnapshotAsync(string sandboxId, string? name = null, CancellationToken cancellationToken = default)
    {
        var request = new JObject();
        if (name is not null) request["name"] = name;
        return SnapshotInfo.Read(
            await SendAsync(HttpMethod.Post, $"sandboxes/{Segment(sandboxId)}/snapshots", request, Missing, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Lists snapshots, the newest first, page by page as the enumeration goes on.</summary>
    /// <param name="options">Which ones; null for all.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    public IAsyncEnumerable<SnapshotInfo> ListSnapshotsAsync(SnapshotListOptions? options = null, CancellationToken cancellationToken = default) =>
        ReadPagesAsync("snapshots", SandboxRequests.ListSnapshots(options ?? new SnapshotListOptions()), SnapshotInfo.Read, cancellationToken);

    /// <summary>Deletes a snapshot. Sandboxes that were created from it stay.</summary>
    /// <param name="snapshotId">Its id.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>False when it does not exist.</returns>
    public Task<bool> DeleteSnapshotAsync(string snapshotId, CancellationToken cancellationToken = default) =>
        TryAsync(HttpMethod.Delete, $"templates/{Segment(snapshotId)}", null, HttpStatusCode.NotFound, cancellationToken);

    /// <summary>Creates sandboxes with the state of a running one, which keeps running.</summary>
    /// <param name="sandboxId">Its id.</param>
    /// <param name="count">How many, 1 to 100.</param>
    /// <param name="timeout">How long they live; null for the service's default, 5 minutes.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The forks, each of which may have failed.</returns>
    /// <exception cref="SandboxNotFoundException">It does not exist.</exception>
    public async Task<IReadOnlyList<SandboxFork>> ForkAsync(
        string sandboxId, int count = 1, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var request = new JObject { ["count"] = count };
        if (timeout is { } life) request["timeout"] = SandboxRequests.Seconds(life, nameof(timeout));
        var body = await SendAsync(HttpMethod.Post, $"sandboxes/{Segment(sandboxId)}/fork", request, Missing, cancellationToken).ConfigureAwait(false);
        return body is JArray forks ? [.. forks.Select(ReadFork)] : [];
    }

    private static string Segment(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return Uri.EscapeDataString(id);
    }

    private static SandboxRequestException Missing(string message) => new SandboxNotFoundException(message, HttpStatusCode.NotFound);

    private static SandboxRequestException Template(string message) => new SandboxTemplateNotFoundException(message, HttpStatusCode.NotFound);

    private SandboxFork ReadFork(JToken fork)
    {
        if (fork["sandbox"] is JObject created) return new SandboxFork(new Sandbox(this, SandboxRecord.Read(created)), null);
        var error = fork["error"] ?? new JObject();
        return new SandboxFork(
            null,
            _http.FromStatus((HttpStatusCode)error.Number("code"), error.Text("message") ?? "The fork failed.", error.Text("error_code"), null, Missing));
    }

    // False when the answer is the status that says there is nothing to do.
    private async Task<bool> TryAsync(HttpMethod method, string path, JObject? body, HttpStatusCode nothingToDo, CancellationToken cancellationToken)
    {
        try
        {
            await _http.SendAsync(method, path, body, Missing, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SandboxRequestException exception) when (exception.StatusCode == nothingToDo)
        {
            return false;
        }
    }

    private async Task<JToken> SendAsync(
        HttpMethod method, string path, JObject? body, Func<string, SandboxRequestException> notFound, CancellationToken cancellationToken)
    {
        var answer = await _http.SendAsync(method, path, body, notFound, cancellationToken).ConfigureAwait(false);
        return answer.Body ?? throw new SandboxRequestException(SandboxError.Other, $"The answer to {method} {path.Split('?')[0]} has no body.");
    }

    private async IAsyncEnumerable<T> ReadPagesAsync<T>(
        string path, IReadOnlyList<(string Name, string? Value)> query, Func<JToken, T> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? next = null;
        do
        {
            var page = $"{path}{SandboxRequests.Query([.. query, ("nextToken", next)])}";
            var answer = await _http.SendAsync(HttpMethod.Get, page, null, Missing, cancellationToken).ConfigureAwait(false);
            foreach (var item in answer.Body as JArray ?? []) yield return read(item);
            next = answer.NextToken;
        }
        while (next is not null);
    }
}
