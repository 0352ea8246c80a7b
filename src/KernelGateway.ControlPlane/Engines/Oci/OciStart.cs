using System.Globalization;
using System.Runtime.InteropServices;
using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.Processes.Limits;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.ControlPlane.Engines.Oci;

/// <summary>A sandbox that an OCI runtime creates, and then starts.</summary>
/// <remarks>
/// The runtime ends after each of the two commands. What it leaves is the first process of the sandbox: a shell, whose child is
/// the command. The shell reaps what has lost its parent, and writes the exit code of the command into the status file.
/// </remarks>
internal sealed class OciStart : ISandboxStart
{
    /// <summary>The number of the descriptor that the shell writes the exit code to.</summary>
    internal const int StatusDescriptor = 3;

    private readonly SandboxLaunch _launch;
    private readonly RuntimeCommand _runtime;
    private readonly int _processId;
    private MonitoredProcess? _creation;

    private OciStart(SandboxLaunch launch, RuntimeCommand runtime, int processId, SafeFileHandle log)
    {
        _launch = launch;
        _runtime = runtime;
        _processId = processId;
        Log = log;
    }

    public MonitoredProcess? Outer => null;

    public SafeFileHandle Log { get; }

    private static string ProcessFile(SandboxPaths paths) => Path.Combine(paths.Directory, "pid");

    private static string ConfigurationFile(SandboxPaths paths) => Path.Combine(paths.Directory, "config.json");

    /// <summary>Starts the creation. On a <see cref="MountThread"/> with the mounts of the sandbox.</summary>
    /// <exception cref="IOException">The system refuses something.</exception>
    internal static OciStart Launch(SandboxLaunch launch, OciOptions options, RuntimeCommand runtime, string? groupPath)
    {
        var paths = launch.Paths;
        var sharesHost = launch.Specification.Template.RootDirectory is null;
        var shared = sharesHost ? HostRoot.ListBinds().ToArray() : [];
        // The runtime would have to make each part of a tree of mounts read-only: these are single mounts, and read-only.
        for (var i = 0; i < shared.Length; i++) SandboxMounts.BindReadOnly(shared[i], paths.SharedOf(i));
        WriteConfiguration(paths, OciConfiguration.Write(launch, options, shared, groupPath));

        // On the limited file system of the sandbox, and outside of what the sandbox sees.
        var log = File.OpenHandle(paths.Log, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        try
        {
            // Runtimes give the streams to the user of the sandbox: it must not become the owner of /dev/null.
            using var input = MemoryFile.Create("input", []);
            using var status = File.OpenHandle(paths.Status, FileMode.Create, FileAccess.Write, FileShare.Read);
            var creation = runtime.List(
                paths, "create", "--bundle", paths.Directory, "--pid-file", ProcessFile(paths), "--preserve-fds", "1",
                launch.Specification.Id);
            var request = new SpawnRequest
            {
                ProgramPath = runtime.JoinsGroups ? creation[0] : "/bin/sh",
                Argv = runtime.JoinsGroups
                    ? creation
                    : ["sh", "-c", GroupStart.Script, "sandbox", .. launch.Group.MemberFiles, "--", .. creation],
                // The shell that starts crun finds umount by it.
                Environment = new Dictionary<string, string> { ["PATH"] = HostTool.SystemPath },
                WorkingDirectory = "/",
                StandardInput = input,
                StandardOutput = log,
                StandardError = log,
                InheritedHandles = [status],
            };
            var error = ProcessSpawner.TrySpawn(request, out var processId);
            if (error != 0)
                throw new IOException(
                    $"'{request.ProgramPath}' cannot be started: {Marshal.GetPInvokeErrorMessage(error)}");
            return new OciStart(launch, runtime, processId, log);
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    public void Watch() => _creation = ProcessMonitor.Shared.Start(() => MonitoredProcess.ForDetachedChild(_processId));

    public async Task<int> ReadChildAsync(CancellationToken cancellationToken)
    {
        using (cancellationToken.UnsafeRegister(
            static creation => ((MonitoredProcess)creation!).Signal(Signals.Kill), _creation))
            await _creation!.Exited.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var file = ProcessFile(_launch.Paths);
        var text = File.Exists(file) ? await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false) : "";
        if (!int.TryParse(text, CultureInfo.InvariantCulture, out var child))
            throw SandboxEngineException.Failed($"The sandbox could not be started: {LogTail.Read(Log)}");
        return child;
    }

    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        await _runtime.RunAsync(_runtime.List(_launch.Paths, "start", _launch.Specification.Id)).ConfigureAwait(false);
        // It contains the environment of the sidecar.
        File.Delete(ConfigurationFile(_launch.Paths));
    }

    // The runtime has ended before the command runs, so all output comes from the command.
    public bool IsFailure(string output) => false;

    public void Dispose()
    {
        // The runtime has no descriptor of this process.
    }

    private static void WriteConfiguration(SandboxPaths paths, byte[] content)
    {
        using var file = new FileStream(ConfigurationFile(paths), new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.Write(content);
    }
}
