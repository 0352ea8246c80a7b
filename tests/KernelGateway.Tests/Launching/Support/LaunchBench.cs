using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using KernelGateway.Launching.Local;

namespace KernelGateway.Tests.Launching.Support;

/// <summary>A provisioner with its own run directory, and small programs that stand in for kernels.</summary>
internal sealed class LaunchBench : IAsyncDisposable
{
    public const string Python = "/usr/bin/python3";

    // Some tests launch from several threads.
    private readonly Lazy<LocalKernelProvisioner> _provisioner;

    public LaunchBench(Action<LaunchOptions>? configure = null)
    {
        Options = new LaunchOptions { RunDirectoryRoot = Directory.Combine("run") };
        configure?.Invoke(Options);
        _provisioner = new Lazy<LocalKernelProvisioner>(() => new LocalKernelProvisioner(Options, Log));
    }

    public TemporaryDirectory Directory { get; } = new();

    /// <summary>Gets the options; the provisioner copies them when it is first used.</summary>
    public LaunchOptions Options { get; }

    public LocalKernelProvisioner Provisioner => _provisioner.Value;

    public CollectingLogger Log { get; } = new();

    public string RunRoot => Options.RunDirectoryRoot!;

    /// <summary>Gets all files and directories below the run root.</summary>
    public string[] RunEntries => System.IO.Directory.Exists(RunRoot)
        ? [.. System.IO.Directory.EnumerateFileSystemEntries(RunRoot, "*", SearchOption.AllDirectories)]
        : [];

    public static KernelSpec Spec(params string[] argv) => new()
    {
        Name = "test",
        DisplayName = "Test",
        Language = "none",
        ResourceDirectory = "/nowhere",
        Argv = argv,
    };

    public static KernelSpec Shell(string script) => Spec("/bin/sh", "-c", script, "test-kernel", "{connection_file}");

    public static KernelSpec PythonScript(string script) => Spec(Python, "-c", script, "{connection_file}");

    public Task<IKernelProcess> LaunchAsync(KernelSpec spec, CancellationToken cancellationToken, params (string Name, string Value)[] environment) =>
        Provisioner.LaunchAsync(Launch(spec, environment), cancellationToken);

    public static KernelLaunch Launch(KernelSpec spec, params (string Name, string Value)[] environment) => new()
    {
        KernelId = Guid.NewGuid().ToString(),
        Spec = spec,
        Environment = environment.ToDictionary(pair => pair.Name, pair => pair.Value),
    };

    public Fifo CreateFifo() => new(Directory.Combine($"fifo-{Guid.NewGuid():N}"));

    public static bool Exists(int processId) => System.IO.Directory.Exists($"/proc/{processId}");

    public async ValueTask DisposeAsync()
    {
        if (_provisioner.IsValueCreated) await _provisioner.Value.DisposeAsync();
        Directory.Dispose();
    }
}
