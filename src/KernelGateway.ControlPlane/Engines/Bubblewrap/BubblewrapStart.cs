using System.Globalization;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text.Json;
using KernelGateway.ControlPlane.Engines.Bubblewrap.Rootless;
using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.Processes.Limits;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.ControlPlane.Engines.Bubblewrap;

/// <summary>A bubblewrap that was started and waits before it executes the command of the sandbox.</summary>
/// <remarks>
/// Process tree: shell, which joins the control groups, and becomes setpriv, which becomes the sandbox's user of the host, and
/// becomes bubblewrap; its child is the first process of the sandbox, and the child of that is the command. Without root, see
/// <see cref="RootlessPlan"/>.
/// </remarks>
internal sealed class BubblewrapStart : ISandboxStart
{
    private const string MessagePrefix = "bwrap: ";
    private const int MaxInformationBytes = 16 * 1024;

    private readonly AnonymousPipeServerStream _block;
    private readonly AnonymousPipeServerStream _information;

    private readonly int _processId;

    private BubblewrapStart(int processId, AnonymousPipeServerStream block, AnonymousPipeServerStream information, SafeFileHandle log)
    {
        _processId = processId;
        _block = block;
        _information = information;
        Log = log;
    }

    public MonitoredProcess? Outer { get; private set; }

    public SafeFileHandle Log { get; }

    /// <summary>Starts it. On a <see cref="MountThread"/> with the mounts of the sandbox.</summary>
    /// <exception cref="IOException">The system refuses something.</exception>
    /// <param name="launch">The sandbox.</param>
    /// <param name="options">How the engine works.</param>
    /// <param name="filter">The filter of system calls.</param>
    /// <param name="rootless">The plan of an ordinary user; null for a sandbox of root.</param>
    internal static BubblewrapStart Launch(SandboxLaunch launch, IsolationOptions options, byte[] filter, RootlessPlan? rootless)
    {
        var (paths, specification, mounts, hostId, group, _) = launch;
        var block = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.None);
        var information = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        // On the limited file system of the sandbox, and outside of what the sandbox sees.
        var log = File.OpenHandle(paths.Log, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        try
        {
            // The start would go on at the end of the pipe, so bubblewrap has a write end too: it waits also after a crash of
            // this process.
            using var blockEnd = LibC.OpenPipeEnd(NameOf(block.ClientSafePipeHandle), forReadingOnly: false)
                ?? throw new IOException("A pipe cannot be opened a second time.");
            using var status = File.OpenHandle(paths.Status, FileMode.Create, FileAccess.Write, FileShare.Read);
            var descriptors = rootless is null ? InheritedDescriptors.InOrder : InheritedDescriptors.WithoutUserNamespace;
            using var userNamespace = rootless is null ? UserNamespace.Create(hostId, mounts.UserMap) : null;
            using var optionsFile = MemoryFile.Create(
                "options", BubblewrapCommand.WriteOptions(paths, specification, options, descriptors, rootless));
            using var filterFile = MemoryFile.Create("filter", filter);
            SafeHandle?[] handles =
                [optionsFile, userNamespace, filterFile, blockEnd, status, information.ClientSafePipeHandle];
            var request = new SpawnRequest
            {
                ProgramPath = "/bin/sh",
                Argv =
                [
                    "sh", "-c", GroupStart.Script, "sandbox", .. group.MemberFiles, "--",
                    .. rootless?.ListCommand(paths, specification.Network.AllowsOutgoing) ?? BecomeUser(hostId),
                    Require("bwrap"), "--args", descriptors.Options.ToString(CultureInfo.InvariantCulture), "--",
                    .. BubblewrapCommand.ListCommand(specification, options, descriptors),
                ],
                // The environment of bubblewrap can be read in the sandbox as that of its first process.
                Environment = new Dictionary<string, string>(),
                WorkingDirectory = "/",
                StandardOutput = log,
                StandardError = log,
                InheritedHandles = [.. handles.OfType<SafeHandle>()],
            };
            var error = ProcessSpawner.TrySpawn(request, out var processId);
            if (error != 0) throw new IOException($"'/bin/sh' cannot be started: {Marshal.GetPInvokeErrorMessage(error)}");
            // Now only bubblewrap holds the other end, so its end is noticed.
            information.DisposeLocalCopyOfClientHandle();
            return new BubblewrapStart(processId, block, information, log);
        }
        catch
        {
            block.Dispose();
            information.Dispose();
            log.Dispose();
            throw;
        }
    }

    public void Watch() => Outer = ProcessMonitor.Shared.Start(() => MonitoredProcess.ForDetachedChild(_processId));

    // Bubblewrap tells the first process before it mounts anything.
    public async Task<int> ReadChildAsync(CancellationToken cancellationToken)
    {
        var outer = Outer!;
        // A read of a pipe that has begun cannot be canceled, but it ends with the process at the other end.
        using var registration = cancellationToken.UnsafeRegister(
            static outer => ((MonitoredProcess)outer!).Signal(Signals.Kill), outer);
        var buffer = new byte[MaxInformationBytes];
        var length = 0;
        while (length < buffer.Length)
        {
            var count = await _information.ReadAsync(buffer.AsMemory(length), CancellationToken.None).ConfigureAwait(false);
            length += count;
            if (length > 0 && buffer.AsSpan(0, length).IndexOf((byte)'}') >= 0) break;
            if (count > 0) continue;
            cancellationToken.ThrowIfCancellationRequested();
            await outer.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
            throw SandboxEngineException.Failed($"The sandbox could not be started: {LogTail.Read(Log)}");
        }

        using var document = JsonDocument.Parse(buffer.AsMemory(0, length));
        return document.RootElement.GetProperty("child-pid").GetInt32();
    }

    public Task ReleaseAsync(CancellationToken cancellationToken)
    {
        _block.WriteByte(1);
        return Task.CompletedTask;
    }

    public bool IsFailure(string output) => output.StartsWith(MessagePrefix, StringComparison.Ordinal);

    public void Dispose()
    {
        _block.Dispose();
        _information.Dispose();
    }

    private static IReadOnlyList<string> BecomeUser(uint hostId)
    {
        var id = hostId.ToString(CultureInfo.InvariantCulture);
        return [Require("setpriv"), "--reuid", id, "--regid", id, "--clear-groups", "--inh-caps=-all", "--no-new-privs", "--"];
    }

    private static string NameOf(SafeHandle handle) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{handle.DangerousGetHandle()}");

    private static string Require(string program) =>
        HostTool.Find(program) ?? throw new IOException($"The program '{program}' is not installed.");
}
