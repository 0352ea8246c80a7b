using System.Diagnostics;

namespace KernelGateway.Soak.Kernels;

/// <summary>A scripted kernel that the soak starts. The server attaches it through its connection file.</summary>
internal sealed class AttachedKernel : IDisposable
{
    private readonly string _connectionFile;
    private readonly Process _process;
    private bool _isDisposed;

    private AttachedKernel(string id, string connectionFile, Process process)
    {
        Id = id;
        _connectionFile = connectionFile;
        _process = process;
    }

    /// <summary>Gets the id of its context, which is the GUID in the name of the connection file.</summary>
    public string Id { get; }

    public int ProcessId => _process.Id;

    public static AttachedKernel Start(Workplace workplace)
    {
        var id = Guid.NewGuid().ToString();
        var connectionFile = Path.Combine(workplace.Connections, $"kernel-{id}.json");
        var start = new ProcessStartInfo(Workplace.Dotnet, [Workplace.OwnAssembly, ScriptedKernelCommand.AttachedName, connectionFile])
        {
            Environment = { [Workplace.MarkName] = workplace.Mark, ["DOTNET_EnableDiagnostics"] = "0" },
        };
        return new AttachedKernel(id, connectionFile, Process.Start(start)!);
    }

    /// <summary>Gets whether the kernel has ended: killed, or by its own code.</summary>
    public bool IsGone => Volatile.Read(ref _isDisposed) || _process.HasExited;

    /// <summary>Kills the kernel and deletes its connection file, as an owner does that notices the death of its kernel.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _isDisposed, true);
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        File.Delete(_connectionFile);
    }
}
