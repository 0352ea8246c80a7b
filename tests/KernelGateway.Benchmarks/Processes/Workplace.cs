using System.Diagnostics;

namespace KernelGateway.Benchmarks.Processes;

/// <summary>Where the comparison works: a directory that goes with it, and the same small environment for everybody.</summary>
internal sealed class Workplace : IDisposable
{
    /// <summary>Debian's interpreter, the one with ipykernel, jupyter_client and pyzmq.</summary>
    public const string Python = "/usr/bin/python3";

    private readonly DirectoryInfo _directory = System.IO.Directory.CreateTempSubdirectory("kernel-gateway-benchmarks-");

    public string Directory => _directory.FullName;

    /// <summary>Gets the environment of the references, the server and everybody's kernels.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["PATH"] = "/usr/bin:/bin",
        ["LANG"] = "C.UTF-8",
        // History, caches, run directories and connection files: nothing stays behind.
        ["HOME"] = Directory,
        ["TMPDIR"] = Directory,
        ["PYTHONDONTWRITEBYTECODE"] = "1",
    };

    /// <summary>Gets the folder of the Python peers.</summary>
    public string PeersDirectory { get; } = Path.Combine(FindRoot(), "tests", "KernelGateway.Benchmarks", "peers");

    /// <summary>Gets the server as it was built together with this program.</summary>
    public string ServerAssembly { get; } = Path.Combine(
        FindRoot(), "src", "KernelGateway.Server", "bin", Configuration, Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "kernel-gateway.dll");

    /// <summary>Gets whether this program, and so the server, was built to be measured.</summary>
    public static bool IsOptimised => Configuration == "Release";

    private static string Configuration => Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/')))!;

    /// <summary>Prepares the start of a process whose kernels find the same environment, whoever starts them.</summary>
    public ProcessStartInfo CreateStartInfo(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Directory, UseShellExecute = false };
        start.Environment.Clear();
        foreach (var (name, value) in Environment) start.Environment[name] = value;
        foreach (System.Collections.DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
        {
            // Where the runtime is, and settings of it from the environment.
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
            // A file came while the directory was emptied; the second time no process is left that writes.
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
