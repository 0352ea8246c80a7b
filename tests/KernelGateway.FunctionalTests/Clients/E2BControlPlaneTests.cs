using FluentAssertions;
using KernelGateway.ControlPlane;
using KernelGateway.ControlPlane.AspNetCore.Hosting;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Engines.Bubblewrap;
using KernelGateway.ControlPlane.Engines.Oci;
using KernelGateway.ControlPlane.Engines.Plain;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Templates;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Testing.Logging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>
/// The npm packages <c>e2b</c> and <c>@e2b/code-interpreter</c> as they are, without their debug mode, against a control plane whose sandboxes
/// are real sidecars.
/// </summary>
[TestFixture("process", Category = "EveryVariant")]
[TestFixture("bubblewrap")]
[TestFixture("runc", Category = "EveryVariant")]
[RequiresKernel]
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one control plane for all cases; each has sandboxes of its own
public sealed class E2BControlPlaneTests(string engineName)
{
    private readonly LogCollector _log = new();
    private DirectoryInfo _directory = null!;
    private WebApplication? _app;
    private ControlPlaneHost? _host;

    [OneTimeSetUp]
    public async Task StartTheControlPlane()
    {
        ClientScript.RequireNodePackage("e2b");
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("Sandboxes are served on Linux only.");
            return;
        }

        _directory = Directory.CreateTempSubdirectory("plane-");

        // Other users pass through it: sandboxes have users of their own.
        File.SetUnixFileMode(_directory.FullName, File.GetUnixFileMode(_directory.FullName) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        var engine = CreateEngine();
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
                ReportedDomain = "localhost:3000",
                IsOfflineByDefault = !report.Allows(EngineFeature.OutgoingNetwork),
            },
            TimeProvider.System,
            _log,
            CancellationToken.None);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<ILoggerFactory>(_log);
        ControlPlaneHost.AddServices(builder.Services);
        _app = builder.Build();
        _host.Map(_app);
        await _app.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopTheControlPlane()
    {
        if (_app is not null) await _app.DisposeAsync();
        if (_host is not null) await _host.DisposeAsync();
        _directory?.Delete(recursive: true);
    }

    [TestCase("create_and_run_code")]
    [TestCase("private_traffic")]
    [TestCase("files_and_commands")]
    [TestCase("info_and_list")]
    [TestCase("timeouts")]
    [TestCase("pause_and_resume")]
    [TestCase("kill_during_execution")]
    [TestCase("template_exists")]
    [TestCase("metrics")]
    [TestCase("server_in_the_sandbox")]
    [CancelAfter(120_000)]
    public async Task Sandboxes_of_the_sdks_work_unmodified(string name, CancellationToken cancellationToken)
    {
        await RunAsync(name, cancellationToken);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task A_sandbox_that_was_killed_leaves_no_process_mount_group_and_directory(CancellationToken cancellationToken)
    {
        var id = (await RunAsync("kill", cancellationToken)).Trim();

        id.Should().MatchRegex("^i[a-z0-9]{20}$");
        Directory.EnumerateDirectories(Path.Combine(EngineDirectory, "sandboxes")).Should().NotContain(path => path.EndsWith(id));
        File.ReadAllText("/proc/self/mounts").Should().NotContain(id);
        if (Directory.Exists("/sys/fs/cgroup")) ListGroups("/sys/fs/cgroup", 3).Should().NotContain(path => path.Contains(id));
        ListCommandLines().Should().NotContain(line => line.Contains(id));
    }

    private static IEnumerable<string> ListGroups(string directory, int depth) => Directory.EnumerateDirectories(
        directory, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = depth });

    private static List<string> ListCommandLines()
    {
        var lines = new List<string>();
        foreach (var path in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                if (int.TryParse(Path.GetFileName(path), out _)) lines.Add(File.ReadAllText(Path.Combine(path, "cmdline")));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It has ended.
            }
        }

        return lines;
    }

    private string EngineDirectory => Path.Combine(_directory.FullName, "engine");

    private ISandboxEngine CreateEngine() => engineName switch
    {
        "process" => new ProcessEngine(new ProcessEngineOptions { DataDirectory = EngineDirectory }),
        "runc" => new OciEngine(new OciOptions { DataDirectory = EngineDirectory }),
        _ => new BubblewrapEngine(new BubblewrapOptions { DataDirectory = EngineDirectory }),
    };

    private Task<string> RunAsync(string name, CancellationToken cancellationToken)
    {
        var url = _app!.Urls.Single();
        var environment = new Dictionary<string, string>
        {
            ["E2B_API_KEY"] = _host!.FirstKey!, ["E2B_API_URL"] = url, ["E2B_SANDBOX_URL"] = url,
        };
        if (engineName != "process") environment["ISOLATED"] = "1";
        return ClientScript.RunNodeAsync(environment, cancellationToken, "sandboxes.mjs", name);
    }
}
