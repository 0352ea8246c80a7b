using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.ControlPlane.Engines.Records;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.ControlPlane.Engines.Plain;

/// <summary>Where the files of one sandbox are.</summary>
internal sealed record PlainPaths(string Directory)
{
    internal string Record => Path.Combine(Directory, "record.json");

    internal string Home => Path.Combine(Directory, "home");

    internal string Socket => Path.Combine(Directory, "run", "sidecar.sock");

    internal string Log => Path.Combine(Directory, "log");
}

/// <summary>How the sidecar is started.</summary>
internal static class PlainCommand
{
    internal static SpawnRequest Describe(
        PlainPaths paths, SandboxSpecification specification, ProcessEngineOptions options, SafeFileHandle log)
    {
        var dotnet = Path.Combine(options.DotnetDirectory, "dotnet");
        // Sandboxes share the ports of the host.
        var command = options.Command ??
        [
            dotnet, Path.Combine(options.SidecarDirectory, "kernel-gateway.dll"), "serve", "--socket", paths.Socket,
            .. WithoutAddress(specification.SidecarArguments), "--port", "none",
        ];
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
            ["HOME"] = paths.Home,
            ["LANG"] = "C.UTF-8",
            ["DOTNET_ROOT"] = options.DotnetDirectory,
        };
        if (Environment.GetEnvironmentVariable("JUPYTER_PATH") is { } kernels) variables["JUPYTER_PATH"] = kernels;
        foreach (var (name, value) in specification.Environment) variables[name] = value;
        return new SpawnRequest
        {
            ProgramPath = command[0],
            Argv = command,
            Environment = variables,
            WorkingDirectory = paths.Home,
            StandardOutput = log,
            StandardError = log,
        };
    }

    private static IEnumerable<string> WithoutAddress(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i] is "--port" or "--host") i++;
            else yield return arguments[i];
        }
    }
}

/// <summary>A sidecar and what it has started.</summary>
internal sealed class PlainSandbox
{
    private readonly MonitoredProcess _main;
    private readonly TimeProvider _time;
    private SandboxRecord _record;

    internal PlainSandbox(PlainPaths paths, SandboxRecord record, MonitoredProcess main, TimeProvider time)
    {
        Paths = paths;
        _record = record;
        _main = main;
        _time = time;
        End = DescribeEndAsync();
    }

    internal PlainPaths Paths { get; }

    // Never disposed: without a wait handle it has nothing to release.
    private SemaphoreSlim Lock { get; } = new(1, 1);

    internal Task<SandboxEnd> End { get; }

    internal SandboxInstance Describe() =>
        new(_record.Id, _record.StartedAt, _record.IsStopped, _record.EngineName, _record.Notes);

    internal async Task<PauseMethod> PauseAsync(CancellationToken cancellationToken)
    {
        await Lock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_record.IsStopped) return PauseMethod.StopSignal;
            // Before the signals: after a crash in between, a resume wakes those that were stopped.
            Save(_record with { IsStopped = true });
            await StopSignals.StopAsync(ListProcesses, _time, CancellationToken.None).ConfigureAwait(false);
            return PauseMethod.StopSignal;
        }
        finally
        {
            Lock.Release();
        }
    }

    internal async Task ResumeAsync(CancellationToken cancellationToken)
    {
        await Lock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_record.IsStopped) return;
            StopSignals.Resume(ListProcesses());
            Save(_record with { IsStopped = false });
        }
        finally
        {
            Lock.Release();
        }
    }

    /// <summary>Kills the sidecar and its descendants. Those that have lost their parents before are not found.</summary>
    internal async Task KillAsync(CancellationToken cancellationToken)
    {
        await Lock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Stopped first, so that none can start others or lose its parent meanwhile.
            await StopSignals.StopAsync(ListProcesses, _time, CancellationToken.None).ConfigureAwait(false);
            foreach (var process in ListProcesses()) LibC.Signal(process.ProcessId, Signals.Kill);
            await End.ConfigureAwait(false);
        }
        finally
        {
            Lock.Release();
        }
    }

    internal IReadOnlyList<ProcessStat> ListProcesses()
    {
        if (!_record.Main!.IsAlive) return [];
        var all = ProcessStat.Running().ToLookup(stat => stat.ParentId);
        var found = new List<ProcessStat>();
        if (ProcessStat.Read(_record.Main.ProcessId) is { } main) found.Add(main);
        for (var i = 0; i < found.Count; i++) found.AddRange(all[found[i].ProcessId]);
        return found;
    }

    private void Save(SandboxRecord record)
    {
        record.Write(Paths.Record);
        _record = record;
    }

    private async Task<SandboxEnd> DescribeEndAsync()
    {
        var exit = await _main.Exited.ConfigureAwait(false);
        var tail = "";
        try
        {
            using var log = File.OpenHandle(Paths.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            tail = LogTail.Read(log);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It was removed.
        }

        return new SandboxEnd(exit.ExitCode ?? (exit.Signal is { } signal ? 128 + signal : null), WasOutOfMemory: false, tail);
    }
}
