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

/// <summary>A control plane with a real engine on a loopback port, and a directory of its own.</summary>
internal sealed class SandboxPlane : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("plane-");
    private readonly string _engineName;
    private WebApplication? _app;
    private ControlPlaneHost? _host;
    private X509Certificate2? _certificate;
    private bool _filters;

    private SandboxPlane(string engineName) => _engineName = engineName;

    public LogCollector Log { get; } = new();

    public Uri Url => new(_app!.Urls.Single());

    /// <summary>Gets the API key.</summary>
    public string Key => _host!.FirstKey!;

    public string DataDirectory => _directory.FullName;

    public string EngineDirectory => Path.Combine(_directory.FullName, "engine");

    /// <summary>Gets the directory of the templates. A test can build others there.</summary>
    public string TemplatesDirectory => Path.Combine(_directory.FullName, "templates");

    /// <summary>Starts one. The test is ignored where the engine cannot create sandboxes.</summary>
    /// <param name="engineName"><c>bubblewrap</c>, <c>runc</c>, <c>crun</c> or <c>process</c>.</param>
    /// <param name="ready">The sizes of the pools.</param>
    /// <param name="domain">The domain below which sandboxes have host names.</param>
    /// <param name="certificate">The certificate of that domain; null for plain HTTP.</param>
    public static async Task<SandboxPlane> StartAsync(
        string engineName, IReadOnlyDictionary<string, int>? ready = null, string domain = "localhost", X509Certificate2? certificate = null)
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("Sandboxes are served on Linux only.");
        var plane = new SandboxPlane(engineName);
        try
        {
            await plane.OpenAsync(ready ?? new Dictionary<string, int>(), domain, certificate);
            return plane;
        }
        catch
        {
            await plane.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a case of <c>sandboxes.mjs</c> and returns what it has written.</summary>
    public Task<string> RunClientAsync(string name, CancellationToken cancellationToken)
    {
        var url = Url.GetLeftPart(UriPartial.Authority);
        var environment = new Dictionary<string, string> { ["E2B_API_KEY"] = Key, ["E2B_API_URL"] = url, ["E2B_SANDBOX_URL"] = url };
        var isIsolated = _engineName != "process";
        if (isIsolated) environment["ISOLATED"] = "1";
        if (isIsolated && _filters) environment["FILTERS"] = "1";
        return ClientScript.RunNodeAsync(environment, cancellationToken, "sandboxes.mjs", name);
    }

    /// <summary>Returns the ids of the sandboxes that run or are paused.</summary>
    public async Task<IReadOnlyList<string>> ListAsync()
    {
        using var client = NewClient();
        return await ListAsync(client);
    }

    /// <summary>Ends the control plane and no sandbox but those of its pools.</summary>
    public async Task StopAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        if (_host is not null) await _host.DisposeAsync();
        (_app, _host) = (null, null);
    }

    /// <summary>Ends the sandboxes that a case has left, which live on otherwise, and the control plane.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_app is not null && _host is not null) await KillAllAsync();
        await StopAsync();
        _directory.Delete(recursive: true);
    }

    // One whose sandboxes start in another directory, one with a program that is started before they count as running, and one in which
    // nobody becomes root.
    private void WriteTemplates()
    {
        Write("elsewhere", """{ "cwd": "/var/tmp", "kernels": ["python"] }""");
        Write("serving", """
            { "start": "echo $(id -un) in $(pwd) >/tmp/up; exec tail -f /dev/null",
              "ready": "if [ -e /tmp/tried ]; then test -s /tmp/up; else touch /tmp/tried; false; fi" }
            """);
        Write("without-sudo", """{ "sudo": false }""");

        void Write(string name, string content) =>
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(TemplatesDirectory, name)).FullName, TemplateFile.Name), content);
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

    private HttpClient NewClient()
    {
        // The certificate's authority is known to the test's scripts only.
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, _, _) =>
            presented is not null && presented.GetCertHashString() == _certificate?.GetCertHashString();
        var client = new HttpClient(handler) { BaseAddress = Url };
        client.DefaultRequestHeaders.Add("X-API-KEY", Key);
        return client;
    }

    private async Task OpenAsync(IReadOnlyDictionary<string, int> ready, string domain, X509Certificate2? certificate)
    {
        if (!OperatingSystem.IsLinux()) return;
        _certificate = certificate;

        // Other users pass through it: sandboxes have users of their own.
        const UnixFileMode Pass = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(_directory.FullName, File.GetUnixFileMode(_directory.FullName) | Pass);
        var engine = CreateEngine();
        var report = await engine.CheckAsync();
        if (report.Features.FirstOrDefault(feature => feature is { IsRequired: true, IsAllowed: false }) is { } missing)
        {
            await engine.DisposeAsync();
            Assert.Ignore($"{missing.Name}: {missing.Detail}");
        }

        _filters = report.Allows(EngineFeature.OutgoingNetwork);
        WriteTemplates();
        var store = await ControlPlaneStore.OpenAsync(
            new SqliteDatabase(Path.Combine(_directory.FullName, "plane.db")), "machine", CancellationToken.None);
        _host = await ControlPlaneHost.StartAsync(
            engine,
            store,
            new TemplateCatalog(TemplatesDirectory),
            new ControlPlaneOptions
            {
                DataDirectory = _directory.FullName,
                Domain = domain,
                IsOfflineByDefault = !_filters,
                ReadySandboxes = ready,
            },
            TimeProvider.System,
            Log,
            CancellationToken.None);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            if (certificate is not null) endpoint.UseHttps(certificate);
        }));
        builder.Services.AddSingleton<ILoggerFactory>(Log);
        ControlPlaneHost.AddServices(builder.Services);
        var app = builder.Build();
        _host.Map(app);
        await app.StartAsync();
        _app = app;
        _host.Options.ReportedDomain = $"{domain}:{Url.Port}";
    }

    private ISandboxEngine CreateEngine() => _engineName switch
    {
        "process" => new ProcessEngine(new ProcessEngineOptions { DataDirectory = EngineDirectory }),
        "runc" => new OciEngine(new OciOptions { DataDirectory = EngineDirectory }),
        "crun" => new OciEngine(new OciOptions { DataDirectory = EngineDirectory, Runtime = OciRuntime.Crun }),
        _ => new BubblewrapEngine(new BubblewrapOptions { DataDirectory = EngineDirectory }),
    };
}
