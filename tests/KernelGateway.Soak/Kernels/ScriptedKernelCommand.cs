using KernelGateway.Protocol.Connection;
using KernelGateway.Testing.Scripting;

namespace KernelGateway.Soak.Kernels;

/// <summary>A scripted kernel in a separate process, so that it can be killed.</summary>
internal static class ScriptedKernelCommand
{
    public const string Name = "scripted-kernel";

    /// <summary>The argument for a kernel that chooses its ports and writes the connection file.</summary>
    public const string AttachedName = "attached-kernel";

    /// <summary>Runs the kernel until it is shut down.</summary>
    public static async Task<int> RunAsync(string name, string connectionFile)
    {
        var options = new ScriptedKernelOptions { Transport = KernelTransport.Tcp };
        if (name == Name) options.ConnectionInfo = await ConnectionFile.ReadAsync(connectionFile);
        await using var kernel = await ScriptedKernel.StartAsync(options);
        ScriptedCellRunner.Install(kernel);
        if (name == AttachedName) await kernel.WriteConnectionFileAsync(connectionFile);
        await kernel.Stopped;
        return 0;
    }
}
