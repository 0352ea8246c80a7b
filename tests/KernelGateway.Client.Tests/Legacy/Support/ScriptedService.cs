using System.Net;
using System.Net.Http.Headers;
using System.Text;
using KernelGateway.Client.Legacy;
using KernelGateway.Testing;
using KernelGateway.Testing.Time;
using Newtonsoft.Json.Linq;
using LegacySandbox = KernelGateway.Client.Legacy.Sandbox;

namespace KernelGateway.Client.Tests.Legacy.Support;

/// <summary>A request that the service has got.</summary>
internal sealed record ServiceRequest(string Method, string Path, string Body)
{
    /// <summary>Gets the body without the envelope of a stream.</summary>
    public JObject Json => JObject.Parse(Body[Body.IndexOf('{', StringComparison.Ordinal)..]);
}

/// <summary>
/// The service of sandboxes and the services inside, as an <see cref="HttpMessageHandler"/>: it creates one sandbox, has a file system in which the
/// directories <c>/</c> and <c>/home</c> exist, and its processes do what a test says.
/// </summary>
internal sealed class ScriptedService : HttpMessageHandler
{
    public const string SandboxId = "i0123456789";

    private readonly Dictionary<string, Func<ServiceRequest, Task<HttpResponseMessage>>> _answers = [];
    private readonly HttpClient _http;

    public ScriptedService()
    {
        _http = new HttpClient(this) { Timeout = Timeout.InfiniteTimeSpan };
        var sandbox = new JObject
        {
            ["sandboxID"] = SandboxId, ["clientID"] = "local", ["templateID"] = "base", ["envdVersion"] = "0.6.13", ["domain"] = "sandbox.test",
        };
        On($"/sandboxes/{SandboxId}/refreshes", _ => Empty(HttpStatusCode.NoContent));
        On($"/sandboxes/{SandboxId}/connect", _ => Json(sandbox));
        On("/sandboxes", _ => Json(sandbox, HttpStatusCode.Created));
        On("/filesystem.Filesystem/MakeDir", _ => Json(new JObject()));
        On("/filesystem.Filesystem/Stat", request => (string?)request.Json["path"] is "/" or "/home" ? Json(Entry("/home")) : NotFound());
        On("/files", _ => Json(new JArray(new JObject { ["name"] = "file", ["path"] = "/home/file", ["type"] = "file" })));
    }

    /// <summary>Gets the clock.</summary>
    public ManualTimeProvider Time { get; } = new();

    /// <summary>Gets the requests so far.</summary>
    public AwaitableLog<ServiceRequest> Requests { get; } = new();

    /// <summary>Gets the options of a client of this service.</summary>
    public SandboxClientOptions Client => new()
    {
        ApiKey = "e2b_00", ApiUrl = "http://plane.test", SandboxUrl = "http://sandbox.test", Domain = "sandbox.test", HttpClient = _http, TimeProvider = Time,
    };

    /// <summary>Creates a sandbox.</summary>
    public Task<LegacySandbox> CreateAsync(string? cwd = null) => LegacySandbox.CreateAsync(cwd: cwd, client: Client);

    /// <summary>Sets the answer to the requests for a path; <c>/v2</c> in front of it counts too.</summary>
    public void On(string path, Func<ServiceRequest, HttpResponseMessage> answer) => _answers[path] = request => Task.FromResult(answer(request));

    /// <inheritdoc cref="On(string, Func{ServiceRequest, HttpResponseMessage})"/>
    public void On(string path, Func<ServiceRequest, Task<HttpResponseMessage>> answer) => _answers[path] = answer;

    /// <summary>Returns the bodies of the requests for a path.</summary>
    public IReadOnlyList<ServiceRequest> RequestsFor(string path) => [.. Requests.Items.Where(request => request.Path == path)];

    public static HttpResponseMessage Empty(HttpStatusCode status) => new(status);

    public static HttpResponseMessage Json(JToken body, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new StringContent(body.ToString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };

    public static HttpResponseMessage Lines(params string[] lines) => new() { Content = new StringContent(string.Concat(lines.Select(line => line + "\n"))) };

    public static HttpResponseMessage NotFound(string message = "nothing is there") =>
        Json(new JObject { ["code"] = "not_found", ["message"] = message }, HttpStatusCode.NotFound);

    public static JObject Entry(string path) => new()
    {
        ["entry"] = new JObject { ["name"] = path[(path.LastIndexOf('/') + 1)..], ["path"] = path, ["type"] = "FILE_TYPE_DIRECTORY" },
    };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        if (path.StartsWith("/v2/", StringComparison.Ordinal)) path = path[3..];
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var received = new ServiceRequest(request.Method.Method, path, body);
        Requests.Add(received);
        return _answers.TryGetValue(path, out var answer)
            ? await answer(received).WaitAsync(cancellationToken)
            : throw new InvalidOperationException($"The test has no answer to {received.Method} {received.Path}.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _http.Dispose();
        base.Dispose(disposing);
    }
}
