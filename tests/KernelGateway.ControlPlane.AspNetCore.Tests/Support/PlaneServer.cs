using System.Net;
using System.Net.Http.Headers;
using System.Text;
using KernelGateway.ControlPlane.AspNetCore.Hosting;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Templates;
using KernelGateway.ControlPlane.Tests.Support;
using KernelGateway.Testing.Logging;
using KernelGateway.Testing.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Newtonsoft.Json.Linq;

namespace KernelGateway.ControlPlane.AspNetCore.Tests.Support;

/// <summary>A control plane on a loopback port, with a scripted engine, a manual clock and a database of its own.</summary>
internal sealed class PlaneServer : IAsyncDisposable
{
    public const string Domain = "sandboxes.test";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("plane-http-");
    private WebApplication _app = null!;
    private ControlPlaneHost _host = null!;

    private PlaneServer()
    {
    }

    public ScriptedEngine Engine { get; } = new();

    public ManualTimeProvider Time { get; } = new();

    public LogCollector Log { get; } = new();

    public string Key => _host.FirstKey!;

    public HttpClient Client { get; private set; } = null!;

    public static async Task<PlaneServer> StartAsync()
    {
        var server = new PlaneServer();
        var store = await ControlPlaneStore.OpenAsync(
            new SqliteDatabase(Path.Combine(server._directory.FullName, "plane.db")), "machine", CancellationToken.None);
        server._host = await ControlPlaneHost.StartAsync(
            server.Engine,
            store,
            new TemplateCatalog(null),
            new ControlPlaneOptions { DataDirectory = server._directory.FullName, Domain = Domain, ReportedDomain = $"{Domain}:8443" },
            server.Time,
            server.Log,
            CancellationToken.None);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<ILoggerFactory>(server.Log);
        ControlPlaneHost.AddServices(builder.Services);
        server._app = builder.Build();
        server._host.Map(server._app);
        await server._app.StartAsync();
        server.Client = new HttpClient { BaseAddress = new Uri(server._app.Urls.Single()) };
        return server;
    }

    /// <summary>Sends a request with the key.</summary>
    public async Task<Answer> SendAsync(string method, string path, string? body = null, string? key = null, params (string Name, string Value)[] headers)
    {
        // The path is sent as it is written.
        var uri = new Uri($"{Client.BaseAddress!.GetLeftPart(UriPartial.Authority)}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new HttpMethod(method), uri);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        if (key is null or { Length: > 0 }) request.Headers.TryAddWithoutValidation("X-API-KEY", key ?? Key);
        foreach (var (name, value) in headers)
        {
            if (name == "Host") request.Headers.Host = value;
            else request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Client.SendAsync(request);
        return new Answer(
            response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Creates a sandbox and returns the answer's body.</summary>
    public async Task<JObject> CreateAsync(string body = """{"templateID":"base"}""", string path = "/v2/sandboxes")
    {
        var answer = await SendAsync("POST", path, body);
        return answer.Status == HttpStatusCode.Created ? answer.Json : throw new InvalidOperationException($"{answer.Status}: {answer.Body}");
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        await _host.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}

/// <summary>An answer.</summary>
internal sealed record Answer(HttpStatusCode Status, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public JObject Json => JObject.Parse(Body);

    public JArray Array => JArray.Parse(Body);

    public int Code => (int)Status;
}
