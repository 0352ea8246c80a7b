using System.Diagnostics;
using KernelGateway.ControlPlane.Storage;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Storage;

/// <summary>A PostgreSQL server of Debian's package, on a Unix socket in a directory of its own, as the user <c>postgres</c> when root runs the tests.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string Packages = "/usr/lib/postgresql";

    private readonly string _directory;
    private readonly string _programs;

    private PostgresServer(string directory, string programs)
    {
        _directory = directory;
        _programs = programs;
    }

    /// <summary>Starts one; the test is skipped where it is not installed.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        var programs = Directory.Exists(Packages)
            ? Directory.EnumerateDirectories(Packages).Select(path => Path.Combine(path, "bin")).LastOrDefault(path => File.Exists(Path.Combine(path, "initdb")))
            : null;
        if (programs is null) Assert.Ignore("PostgreSQL is not installed; ./test.sh installs it.");
        if (Environment.UserName == "root" && !(await File.ReadAllTextAsync("/etc/passwd")).Contains("\npostgres:"))
            Assert.Ignore("There is no user postgres, and the server does not run as root.");
        var directory = Directory.CreateTempSubdirectory("pg-").FullName;
        var server = new PostgresServer(directory, programs!);
        if (Environment.UserName == "root") await server.RunAsync("chown", "postgres", directory);
        await server.RunAsServerAsync("initdb", "-D", Path.Combine(directory, "data"), "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C");
        await server.RunAsServerAsync(
            "pg_ctl", "-D", Path.Combine(directory, "data"), "-l", Path.Combine(directory, "log"), "-w", "-o", $"-c listen_addresses= -k {directory}", "start");
        return server;
    }

    /// <summary>Creates an empty database and returns how to reach it.</summary>
    public async Task<PostgresDatabase> CreateDatabaseAsync()
    {
        var name = $"d{Guid.NewGuid():N}";
        await RunAsServerAsync("createdb", "-h", _directory, "-U", "postgres", name);
        return new PostgresDatabase($"Host={_directory};Username=postgres;Database={name}");
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsServerAsync("pg_ctl", "-D", Path.Combine(_directory, "data"), "-m", "immediate", "-w", "stop");
        Directory.Delete(_directory, recursive: true);
    }

    private Task RunAsServerAsync(string program, params string[] arguments)
    {
        var path = Path.Combine(_programs, program);
        return Environment.UserName == "root"
            ? RunAsync("setpriv", ["--reuid", "postgres", "--regid", "postgres", "--clear-groups", path, .. arguments])
            : RunAsync(path, arguments);
    }

    private async Task RunAsync(string program, params string[] arguments)
    {
        // The server keeps what it inherits: its output goes to a file, or this would wait for its end.
        var output = Path.Combine(Path.GetTempPath(), $"pg-run-{Guid.NewGuid():N}");
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", "exec \"$@\" >\"$0\" 2>&1 </dev/null", output, program, .. arguments])
        {
            WorkingDirectory = _directory,
        })!;
        await process.WaitForExitAsync();
        var text = await File.ReadAllTextAsync(output);
        File.Delete(output);
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} failed:\n{text}");
    }
}
