using System.Globalization;
using System.Net.Sockets;
using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Engines.Bubblewrap;
using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.ControlPlane.Engines.Oci;
using KernelGateway.ControlPlane.Templates;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Support;

/// <summary>
/// An engine with a data directory of its own. Its disposal kills the sandboxes and checks that nothing of them is left.
/// </summary>
internal sealed class EngineBench : IAsyncDisposable
{
    private const uint RangesOfBench = 4;
    private const uint Benches = 3_000;
    private const uint FirstId = 1_100_000_000;

    private static uint _benches = (uint)Environment.ProcessId * 7;

    private readonly IsolationOptions _options;
    private readonly System.Collections.Concurrent.ConcurrentBag<string> _created = [];
    private int _names;

    private EngineBench(string engineName, string directory, uint firstId)
    {
        EngineName = engineName;
        Directory = directory;
        _options = CreateOptions(engineName, directory, firstId);
        Engine = CreateEngine(_options);
    }

    public string EngineName { get; }

    public string Directory { get; }

    public IsolationEngine Engine { get; private set; }

    public uint FirstHostId => _options.FirstHostId;

    /// <summary>Creates it; ignores the test where sandboxes are not possible.</summary>
    /// <param name="engineName">The name of the engine.</param>
    public static async Task<EngineBench> CreateAsync(string engineName)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("kg-engine-").FullName;
        // Ranges of their own for each bench, also of test runs at the same time.
        var bench = new EngineBench(engineName, directory, FirstId + Interlocked.Increment(ref _benches) % Benches * RangesOfBench * SandboxMounts.RangeSize);
        var report = await bench.Engine.CheckAsync();
        if (report.CanCreate) return bench;
        await bench.DisposeAsync();
        Assert.Ignore($"Sandboxes are not possible: {report.Features.First(feature => feature is { IsRequired: true, IsAllowed: false }).Detail}");
        return bench;
    }

    public static IsolationOptions CreateOptions(string engineName, string directory, uint firstId) => engineName switch
    {
        "bubblewrap" => new BubblewrapOptions { DataDirectory = directory, FirstHostId = firstId, MaxSandboxes = (int)RangesOfBench },
        _ => new OciOptions
        {
            DataDirectory = directory,
            FirstHostId = firstId,
            MaxSandboxes = (int)RangesOfBench,
            Runtime = engineName == "runc" ? OciRuntime.Runc : OciRuntime.Crun,
        },
    };

    public static IsolationEngine CreateEngine(IsolationOptions options) =>
        options is OciOptions oci ? new OciEngine(oci) : new BubblewrapEngine((BubblewrapOptions)options);

    /// <summary>Ignores the test where the engine does not have a feature.</summary>
    public async Task RequireAsync(string feature)
    {
        var report = await Engine.CheckAsync();
        if (!report.Allows(feature)) Assert.Ignore(report.Features.Single(found => found.Name == feature).Detail);
    }

    /// <summary>Creates a second engine with the same directory.</summary>
    public IsolationEngine CreateSecond() => CreateEngine(_options);

    /// <summary>Makes the sandboxes that are created next run a program instead of the sidecar.</summary>
    public void Run(params string[] command) => _options.Command = command;

    /// <summary>Replaces the engine by one that gives the sandboxes of an ordinary user a root that is not an overlay.</summary>
    public Task UseReadOnlyRootAsync()
    {
        ((BubblewrapOptions)_options).UsesOverlay = false;
        return RestartAsync();
    }

    public void RunShell(string script) => Run("/bin/sh", "-c", script);

    /// <summary>Makes the sandboxes that are created next run a script as an ordinary user.</summary>
    public void RunShellAsUser(string script) =>
        Run("/usr/bin/setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", "--inh-caps=-all", "/bin/sh", "-c", script);

    /// <summary>Replaces the engine, as a new control plane after the end of the former.</summary>
    public async Task<IReadOnlyList<SandboxInstance>> RestartAsync()
    {
        await Engine.DisposeAsync();
        Engine = CreateEngine(_options);
        return await Engine.RecoverAsync();
    }

    public SandboxSpecification Specify(Func<SandboxSpecification, SandboxSpecification>? change = null)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Increment(ref _names):D4}");
        var specification = new SandboxSpecification
        {
            Id = "i" + Path.GetFileName(Directory).ToLowerInvariant().Replace("-", "", StringComparison.Ordinal)[^6..].PadLeft(16, 'x') + name,
            Template = new SandboxTemplate { Id = "test" },
            DiskBytes = 64L << 20,
            SidecarArguments = ["--port", "49999", "--host", "127.0.0.1"],
            Environment = new Dictionary<string, string> { ["KERNELGATEWAY__HTTP__TOKEN"] = "secret-of-the-sidecar" },
        };
        return change?.Invoke(specification) ?? specification;
    }

    public async Task<string> CreateAsync(CancellationToken token, Func<SandboxSpecification, SandboxSpecification>? change = null) =>
        (await CreateInstanceAsync(token, change)).Id;

    public async Task<SandboxInstance> CreateInstanceAsync(CancellationToken token, Func<SandboxSpecification, SandboxSpecification>? change = null)
    {
        var specification = Specify(change);
        _created.Add(specification.Id);
        return await Engine.CreateAsync(specification, token);
    }

    /// <summary>Gets what a command has written, by the part of it that the engine keeps.</summary>
    public async Task<string> RunToEndAsync(string script, CancellationToken token, Func<SandboxSpecification, SandboxSpecification>? change = null)
    {
        RunShell(script);
        var id = await CreateAsync(token, change);
        var end = await Engine.WaitForEndAsync(id, token);
        await Engine.KillAsync(id, null, token);
        return end.LogTail;
    }

    public string SocketDirectory(string id) => Path.Combine(PathOf(id), "run");

    public string PathOf(string id) => Path.Combine(Directory, "sandboxes", id);

    /// <summary>Waits until a program of the sandbox has made a file in the directory of the socket.</summary>
    public async Task WaitForFileAsync(string id, string name, CancellationToken token)
    {
        var found = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(SocketDirectory(id), name) { EnableRaisingEvents = true };
        watcher.Created += (_, _) => found.TrySetResult();
        watcher.Renamed += (_, _) => found.TrySetResult();
        if (File.Exists(Path.Combine(SocketDirectory(id), name))) return;
        var end = Engine.WaitForEndAsync(id, token);
        if (await Task.WhenAny(found.Task, end) == end && !File.Exists(Path.Combine(SocketDirectory(id), name)))
            throw new InvalidOperationException($"The sandbox has ended: {await end}");
    }

    /// <summary>Sends a request to the sidecar, once it listens.</summary>
    public async Task<string> GetAsync(string id, string path, CancellationToken token)
    {
        await WaitForFileAsync(id, SidecarCommand.SocketName, token);
        using var client = new HttpClient(new SocketsHttpHandler { ConnectCallback = async (_, cancelled) => await ConnectAsync(id, cancelled) });
        return await client.GetStringAsync(new Uri("http://localhost" + path), token);
    }

    /// <summary>Counts what exists on the host because of the sandboxes.</summary>
    public string DescribeRest()
    {
        var prefix = $"sandbox-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Directory)))[..8]}-";
        var groups = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        string[] rest =
        [
            .. File.ReadLines("/proc/self/mountinfo").Where(line => line.Contains(Directory, StringComparison.Ordinal)),
            .. System.IO.Directory.EnumerateDirectories("/sys/fs/cgroup", prefix + "*", groups),
            .. HostUsers.FindProcesses(FirstHostId, RangesOfBench * SandboxMounts.RangeSize).Select(id => $"process {id}"),
            .. Environment.IsPrivilegedProcess
                ? [] : _created.SelectMany(id => HostUsers.FindByStreams(new SandboxPaths(PathOf(id)).Log)).Select(id => $"process {id}"),
            .. System.IO.Directory.EnumerateDirectories("/sys/block", "loop*")
                .Select(device => Path.Combine(device, "loop/backing_file")).Where(File.Exists).Select(ReadAll)
                .Where(file => file.Contains(Directory, StringComparison.Ordinal)),
            .. System.IO.Directory.Exists(Path.Combine(Directory, "sandboxes"))
                ? System.IO.Directory.EnumerateFileSystemEntries(Path.Combine(Directory, "sandboxes")) : [],
        ];
        return string.Join('\n', rest);
    }

    public async ValueTask DisposeAsync()
    {
        string rest;
        try
        {
            if ((await Engine.CheckAsync()).CanCreate)
                foreach (var sandbox in await Engine.RecoverAsync()) await Engine.KillAsync(sandbox.Id, null);
            rest = DescribeRest();
        }
        finally
        {
            await Engine.DisposeAsync();
            HostTool.RemoveTree(Directory);
        }

        rest.Should().BeEmpty("a killed sandbox leaves nothing");
    }

    private static string ReadAll(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }

    // A moment passes between the making of the socket's file and the first accepted connection.
    private async Task<Stream> ConnectAsync(string id, CancellationToken token)
    {
        while (true)
        {
            try
            {
                return await Engine.ConnectAsync(id, token);
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
            {
                token.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }
    }
}
