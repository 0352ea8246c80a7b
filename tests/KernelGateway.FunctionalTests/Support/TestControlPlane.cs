using System.Net;
using System.Security.Cryptography.X509Certificates;
using KernelGateway.ControlPlane;
using KernelGateway.ControlPlane.AspNetCore.Hosting;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Engines.Bubblewrap;
using KernelGateway.ControlPlane.Engines.Oci;
using KernelGateway.ControlPlane.Engines.Plain;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Templates;
using KernelGateway.Testing.Logging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>A control plane on a loopback port, whose sandboxes are real.</summary>
internal sealed class TestControlPlane : IAsyncDisposable
{
    private readonly LogCollector _log = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("plane-");
    private WebApplication? _app;
    private ControlPlaneHost? _host;

    private TestControlPlane()
    {
        // Other users pass through it: sandboxes have users of their own.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                _directory.FullName, File.GetUnixFileMode(_directory.FullName) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }
    }

    /// <summary>Gets the address.</summary>
    public Uri Url => new(_app!.Urls.Single());

    /// <summary>Gets the API key.</summary>
    public string Key => _host!.FirstKey!;

    /// <summary>Gets the directory of the engine.</summary>
    public string EngineDirectory => Path.Combine(_directory.FullName, "engine");

    /// <summary>Starts one, or ignores the test where the engine cannot work.</summary>
    /// <param name="engineName">The engine.</param>
    /// <param name="domain">The domain below which sandboxes have host names.</param>
    /// <param name="certificate">The certificate of that domain; null for plain HTTP.</param>
    public static async Task<TestControlPlane> StartAsync(string engineName, string domain = "localhost", X509Certificate2? certificate = null)
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("Sandboxes are served on Linux only.");
        var plane = new TestControlPlane();
        try
        {
            await plane.OpenAsync(engineName, domain, certificate);
            return plane;
        }
        catch
        {
            await plane.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns a client that sends the key.</summary>
    public HttpClient NewClient()
    {
        // The name of the certificate is another one; that of the client's connection does not matter here.
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        var client = new HttpClient(handler) { BaseAddress = Url };
        client.DefaultRequestHeaders.Add("X-API-KEY", Key);
        return client;
    }

    /// <summary>Runs a script with the SDKs of today, which find this control plane by their usual variables.</summary>
    /// <param name="script">The script.</param>
    /// <param name="isIsolated">Whether sandboxes have files and users of their own.</param>
    /// <param name="cancellationToken">Ends the script.</param>
    /// <param name="arguments">The arguments.</param>
    public Task<string> RunClientAsync(string script, bool isIsolated, CancellationToken cancellationToken, params string[] arguments)
    {
        var url = Url.GetLeftPart(UriPartial.Authority);
        var environment = new Dictionary<string, string> { ["E2B_API_KEY"] = Key, ["E2B_API_URL"] = url, ["E2B_SANDBOX_URL"] = url };
        if (isIsolated) environment["ISOLATED"] = "1";
        return ClientScript.RunNodeAsync(environment, cancellationToken, [script, .. arguments]);
    }

    /// <summary>Ends the sandboxes that a case has left, and the control plane. The sandboxes of a control plane live on otherwise.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_app is not null && _host is not null) await KillAllAsync();
        if (_app is not null) await _app.DisposeAsync();
        if (_host is not null) await _host.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    /// <summary>Returns the ids of all sandboxes that run or are paused.</summary>
    public async Task<IReadOnlyList<string>> ListAsync()
    {
        using var client = NewClient();
        return await ListAsync(client);
    }

    private async Task KillAllAsync()
    {
        using var client = NewClient();
        foreach (var id in await ListAsync(client))
        {
            using var answer = await client.DeleteAsync($"/sandboxes/{id}");
        }
    }

    private static async Task<IReadOnlyList<string>> ListAsync(HttpClient client)
    {
        var list = JArray.Parse(await client.GetStringAsync("/v2/sandboxes"));
        return [.. list.Select(item => (string)item["sandboxID"]!)];
    }

    private async Task OpenAsync(string engineName, string domain, X509Certificate2? certificate)
    {
        var engine = CreateEngine(engineName);
        var report = await engine.CheckAsync();
        if (report.Features.FirstOrDefault(feature => feature is { IsRequired: true, IsAllowed: false }) is { } missing)
        {
            await engine.DisposeAsync();
            Assert.Ignore($"{missing.Name}: {missing.Detail}");
        }

        var store = await ControlPlaneStore.OpenAsync(
            new SqliteDatabase(Path.Combine(_directory.FullName, "plane.db")), "machine", CancellationToken.None);
        _host = await ControlPlaneHost.StartAsync(
            engine,
            store,
            new TemplateCatalog(null),
            new ControlPlaneOptions
            {
                DataDirectory = _directory.FullName,
                Domain = domain,
                IsOfflineByDefault = !report.Allows(EngineFeature.OutgoingNetwork),
            },
            TimeProvider.System,
            _log,
            CancellationToken.None);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            if (certificate is not null) endpoint.UseHttps(certificate);
        }));
        builder.Services.AddSingleton<ILoggerFactory>(_log);
        ControlPlaneHost.AddServices(builder.Services);
        var app = builder.Build();
        _host.Map(app);
        await app.StartAsync();
        _app = app;
        _host.Options.ReportedDomain = $"{domain}:{Url.Port}";
    }

    private ISandboxEngine CreateEngine(string name) => name switch
    {
        "process" => new ProcessEngine(new ProcessEngineOptions { DataDirectory = EngineDirectory }),
        "runc" => new OciEngine(new OciOptions { DataDirectory = EngineDirectory }),
        _ => new BubblewrapEngine(new BubblewrapOptions { DataDirectory = EngineDirectory }),
    };
}
