using System.Diagnostics;

namespace KernelGateway.Soak.Kernels;

/// <summary>A scripted kernel that the soak starts and a connection file leads the server to.</summary>
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

    /// <summary>Gets the id that the server gives its context: the GUID in the file's name.</summary>
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

    /// <summary>Gets a value indicating whether it is gone: killed, or ended by its own code.</summary>
    public bool IsGone => Volatile.Read(ref _isDisposed) || _process.HasExited;

    /// <summary>Kills it; its connection file goes with it, as the file of a kernel whose owner notices its death.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _isDisposed, true);
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        File.Delete(_connectionFile);
    }
}
