using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Teams;
using KernelGateway.ControlPlane.Templates;
using KernelGateway.Testing.Logging;
using KernelGateway.Testing.Time;

namespace KernelGateway.ControlPlane.Tests.Support;

/// <summary>A control plane with a scripted engine, a manual clock and a database in a directory of its own.</summary>
internal sealed class PlaneBench : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("plane-");
    private readonly List<IAsyncDisposable> _crashed = [];
    private ControlPlaneStore _store = null!;
    private IReadOnlyDictionary<string, int> _ready = null!;
    private bool _isStopped;
    private int _templateReads;

    private PlaneBench()
    {
    }

    public ScriptedEngine Engine { get; } = new();

    public ManualTimeProvider Time { get; private set; } = new();

    public LogCollector Log { get; } = new();

    public SandboxDependencies Plane { get; private set; } = null!;

    public SandboxLifecycle Lifecycle { get; private set; } = null!;

    public SandboxManager Manager { get; private set; } = null!;

    public SandboxSnapshots Snapshots { get; private set; } = null!;

    public TeamRecord Team { get; private set; } = new("team", "acme", 0, 0, 0);

    public ControlPlaneStore Store => _store;

    public string Files => Path.Combine(_directory.FullName, "files");

    /// <summary>Gets how often a template was read from its file.</summary>
    public int TemplateReads => Volatile.Read(ref _templateReads);

    private string Templates => Path.Combine(_directory.FullName, "templates");

    /// <summary>Adds a template.</summary>
    public void WriteTemplate(string name, string json)
    {
        var directory = Directory.CreateDirectory(Path.Combine(Templates, name));
        File.WriteAllText(Path.Combine(directory.FullName, TemplateFile.Name), json);
    }

    /// <summary>Starts one.</summary>
    /// <param name="team">The team; null for one without limits.</param>
    /// <param name="isOffline">Whether sandboxes have no network when the request does not say.</param>
    /// <param name="ready">The sizes of the pools.</param>
    /// <param name="prepare">Is called before the control plane starts.</param>
    /// <param name="template">The content of a template <c>mine</c>; null for none.</param>
    public static async Task<PlaneBench> StartAsync(
        TeamRecord? team = null,
        bool isOffline = false,
        IReadOnlyDictionary<string, int>? ready = null,
        Action<ScriptedEngine>? prepare = null,
        string? template = null)
    {
        var bench = new PlaneBench { _ready = ready ?? new Dictionary<string, int>() };
        if (team is not null) bench.Team = team;
        prepare?.Invoke(bench.Engine);
        if (template is not null) bench.WriteTemplate("mine", template);
        await bench.OpenAsync("boot-1", isOffline);
        return bench;
    }

    /// <summary>Leaves the control plane as a crash does, and starts the next one.</summary>
    public async Task RestartAsync(string bootId = "boot-1", ManualTimeProvider? time = null)
    {
        // What a dead process cannot do, this one may still do at an advance of the clock: it is awaited before the files go.
        if (!_isStopped) _crashed.Add(Lifecycle);
        _crashed.Add(_store);
        _isStopped = false;
        if (time is not null) Time = time;
        await OpenAsync(bootId, Plane.Options.IsOfflineByDefault);
    }

    /// <summary>Returns a request for a sandbox.</summary>
    public static SandboxRequest Request(int seconds = 300) => new() { Template = "base", Timeout = TimeSpan.FromSeconds(seconds) };

    /// <summary>Creates a sandbox.</summary>
    public Task<Sandbox> CreateAsync(CancellationToken cancellationToken, SandboxRequest? request = null) =>
        Manager.CreateAsync(Team, request ?? Request(), cancellationToken);

    /// <summary>Reads the records of the database with a connection of its own.</summary>
    public async Task<List<SandboxRecord>> ReadStoredAsync(CancellationToken cancellationToken) => await _store.ListSandboxesAsync(cancellationToken);

    /// <summary>Ends the control plane in good order.</summary>
    public async Task StopAsync()
    {
        if (!_isStopped) await Lifecycle.DisposeAsync();
        _isStopped = true;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _store.DisposeAsync();
        foreach (var part in _crashed) await part.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private SandboxTemplate ReadTemplate(string directory)
    {
        Interlocked.Increment(ref _templateReads);
        return TemplateFile.Read(directory);
    }

    private async Task OpenAsync(string bootId, bool isOffline)
    {
        _store = await ControlPlaneStore.OpenAsync(
            new SqliteDatabase(Path.Combine(_directory.FullName, "plane.db")), "machine", CancellationToken.None);
        await _store.PutAsync(Team, CancellationToken.None);
        Plane = new SandboxDependencies(
            Engine,
            await Engine.CheckAsync(),
            _store,
            new TemplateCatalog(Templates, ReadTemplate),
            new TeamLimits(Time),
            new SandboxTokens(new byte[SandboxTokens.SeedBytes]),
            new ControlPlaneOptions
            {
                DataDirectory = _directory.FullName, BootId = bootId, IsOfflineByDefault = isOffline, ReadySandboxes = _ready,
            },
            Time,
            Log);
        Lifecycle = new SandboxLifecycle(Plane);
        Manager = new SandboxManager(Plane, Lifecycle);
        Snapshots = new SandboxSnapshots(Plane, Lifecycle);
        await Lifecycle.StartAsync(CancellationToken.None);
    }
}
