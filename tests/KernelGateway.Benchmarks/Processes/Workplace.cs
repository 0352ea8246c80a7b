using System.Diagnostics;

namespace KernelGateway.Benchmarks.Processes;

/// <summary>The temporary directory of the comparison, and the common environment of all its processes.</summary>
/// <param name="serverAssembly">The server; null for the one that was built together with this program.</param>
internal sealed class Workplace(string? serverAssembly) : IDisposable
{
    /// <summary>Debian's interpreter, which has ipykernel, jupyter_client and pyzmq.</summary>
    public const string Python = "/usr/bin/python3";

    private readonly DirectoryInfo _directory = System.IO.Directory.CreateTempSubdirectory("kernel-gateway-benchmarks-");

    public string Directory => _directory.FullName;

    /// <summary>Gets the environment of the references, the server and all kernels.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["PATH"] = "/usr/bin:/bin",
        ["LANG"] = "C.UTF-8",
        // The home directory collects history, caches, run directories and connection files, so that nothing is left behind.
        ["HOME"] = Directory,
        ["TMPDIR"] = Directory,
        ["PYTHONDONTWRITEBYTECODE"] = "1",
    };

    /// <summary>Gets the folder of the repository.</summary>
    public string Root { get; } = FindRoot();

    /// <summary>Gets the folder of the peers.</summary>
    public string PeersDirectory => Path.Combine(Root, "tests", "KernelGateway.Benchmarks", "peers");

    /// <summary>Gets the server assembly.</summary>
    public string ServerAssembly { get; } = serverAssembly ?? Path.Combine(
        FindRoot(), "src", "KernelGateway.Server", "bin", Configuration, Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "kernel-gateway.dll");

    /// <summary>Gets whether this program, and with it the server, is a release build.</summary>
    public static bool IsOptimised => Configuration == "Release";

    private static string Configuration => Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/')))!;

    /// <summary>Prepares the start of a process with the common environment.</summary>
    public ProcessStartInfo CreateStartInfo(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Directory, UseShellExecute = false };
        start.Environment.Clear();
        foreach (var (name, value) in Environment) start.Environment[name] = value;
        foreach (System.Collections.DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
        {
            // The location and the settings of the .NET runtime.
            var name = (string)variable.Key;
            if (name.StartsWith("DOTNET_", StringComparison.Ordinal)) start.Environment[name] = (string?)variable.Value;
        }

        return start;
    }

    public void Dispose()
    {
        try
        {
            _directory.Delete(recursive: true);
        }
        catch (IOException)
        {
            // A process created a file while the directory was being deleted. At the second attempt no such process is left.
            _directory.Delete(recursive: true);
        }
    }

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "KernelGateway.sln"))) return directory.FullName;
        }

        throw new BenchmarkException("The comparison runs from a clone of the repository: the peers and the server are found in it.");
    }
}
