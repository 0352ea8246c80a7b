using System.Text.Json;

namespace KernelGateway.Soak;

/// <summary>The directory of one run, and the files that are created before the run begins.</summary>
internal sealed class Workplace : IDisposable
{
    /// <summary>The environment variable by which the processes of this run are recognised.</summary>
    public const string MarkName = "KERNELGATEWAY_SOAK_RUN";

    public const string ScriptedKernelSpec = "soak-scripted";

    private readonly bool _keeps;

    public Workplace(bool keeps)
    {
        _keeps = keeps;
        Root = Directory.CreateTempSubdirectory("kernelgateway-soak-").FullName;
        Mark = Path.GetFileName(Root);
        foreach (var name in new[] { Connections, Kernels, Cells, ServerFiles, OwnFiles }) Directory.CreateDirectory(name);
        WriteKernelSpec();
    }

    public string Root { get; }

    public string Mark { get; }

    /// <summary>Gets the directory in which the server looks for connection files.</summary>
    public string Connections => Path.Combine(Root, "connections");

    public string Kernels => Path.Combine(Root, "kernels");

    /// <summary>Gets the working directory of the kernels.</summary>
    public string Cells => Path.Combine(Root, "cells");

    /// <summary>Gets the server's temporary directory and run directory.</summary>
    public string ServerFiles => Path.Combine(Root, "server");

    /// <summary>Gets the temporary directory and run directory of the gateway in this process.</summary>
    public string OwnFiles => Path.Combine(Root, "own");

    public string ServerLog => Path.Combine(Root, "server.log");

    public static string ServerAssembly
    {
        get
        {
            // This program is in tests/KernelGateway.Soak/bin/CONFIGURATION/net10.0/. The server was built in the same configuration.
            var output = new DirectoryInfo(AppContext.BaseDirectory);
            var repository = output.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
            var path = Path.Combine(repository, "src", "KernelGateway.Server", "bin", output.Parent.Name, output.Name, "kernel-gateway.dll");
            return File.Exists(path) ? path : throw new SoakException($"The server was not built: {path} is missing.");
        }
    }

    public static string OwnAssembly => Path.Combine(AppContext.BaseDirectory, "KernelGateway.Soak.dll");

    public static string Dotnet { get; } =
        (Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? [host] : Enumerable.Empty<string>())
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "dotnet")))
            .FirstOrDefault(File.Exists)
        ?? throw new SoakException("The command dotnet was not found on the PATH.");

    /// <summary>Gets the interpreter for kernelspecs that begin with a bare <c>python</c>, as the scripts set it; null for the one on PATH.</summary>
    public static string? Python => Environment.GetEnvironmentVariable("PYTHON") is { Length: > 0 } python ? python : null;

    public void Dispose()
    {
        if (!_keeps) Directory.Delete(Root, recursive: true);
    }

    private void WriteKernelSpec()
    {
        var directory = Directory.CreateDirectory(Path.Combine(Kernels, ScriptedKernelSpec)).FullName;
        var spec = new
        {
            argv = new[] { Dotnet, OwnAssembly, Soak.Kernels.ScriptedKernelCommand.Name, "{connection_file}" },
            display_name = "Scripted kernel of the soak",
            language = "echo",
            interrupt_mode = "message",

            // A killed .NET process leaves its diagnostic sockets in the temporary directory.
            env = new Dictionary<string, string> { ["DOTNET_EnableDiagnostics"] = "0" },
        };
        File.WriteAllText(Path.Combine(directory, "kernel.json"), JsonSerializer.Serialize(spec));
    }
}
