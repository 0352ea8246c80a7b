using System.Diagnostics;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Commands;

/// <summary>
/// What <c>scripts/build-templates.sh</c> refuses, and what it leaves when it is interrupted. Programs in a directory of the test take the place of
/// the installed ones.
/// </summary>
[Platform("Linux")]
[CancelAfter(120_000)]
public sealed class BuildTemplatesScriptTests
{
    private const string Release = "trixie";

    // Makes a mount, as the real one does, says so, and does not end by itself.
    private const string Debootstrap = """
        #!/bin/sh
        while case $1 in --*) true ;; *) false ;; esac; do shift; done
        mkdir -p "$2/proc" && mount -t proc proc "$2/proc" && echo "$*" > "$READY"
        exec sleep 1000000
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("build-templates-");

    private string Programs => Path.Combine(_directory.FullName, "programs");

    private string Temporary => Path.Combine(_directory.FullName, "temporary");

    private string Data => Path.Combine(_directory.FullName, "data");

    private string Mirror => $"file:{_directory.FullName}/mirror";

    private string Ready => Path.Combine(_directory.FullName, "ready");

    [SetUp]
    public void MakeDirectories()
    {
        foreach (var name in new[] { Programs, Temporary, Path.Combine(_directory.FullName, "mirror", "dists", Release) }) Directory.CreateDirectory(name);
        File.WriteAllText(Path.Combine(_directory.FullName, "mirror", "dists", Release, "Release"), "");
    }

    [TearDown]
    public void RemoveDirectories() => _directory.Delete(recursive: true);

    [Test]
    public async Task Missing_debootstrap_is_told_with_its_package(CancellationToken token)
    {
        RequireRoot();
        foreach (var program in new[] { "bash", "dirname", "id" }) File.CreateSymbolicLink(Path.Combine(Programs, program), $"/usr/bin/{program}");
        var start = Create();
        start.Environment["PATH"] = Programs;

        await ExpectAsync(start, "debootstrap is not installed: apt-get install debootstrap", token);
    }

    [Test]
    public async Task User_who_is_not_root_is_told_so(CancellationToken token)
    {
        Write("id", "#!/bin/sh\necho 1000\n");

        await ExpectAsync(Create(), "root is needed to build templates: sudo ", token);
    }

    [Test]
    public async Task System_without_namespaces_is_told(CancellationToken token)
    {
        RequireRoot();
        Write("debootstrap", Debootstrap);
        Write("unshare", "#!/bin/sh\nexit 1\n");

        await ExpectAsync(Create(), "this system allows no new namespaces of mounts and processes", token);
    }

    [TestCase("http://127.0.0.1:1/debian", "--mirror: 'http://127.0.0.1:1/debian' cannot be reached")]
    [TestCase("file:/no/such/directory/", "--mirror: 'file:/no/such/directory' has no release 'trixie'")]
    public async Task Mirror_that_cannot_be_used_is_told(string mirror, string sentence, CancellationToken token)
    {
        RequireRoot();
        Write("debootstrap", Debootstrap);

        await ExpectAsync(Create("--release", Release, "--mirror", mirror), sentence, token);
    }

    [Test]
    public async Task Machine_without_apt_sources_is_told_how_to_give_a_mirror(CancellationToken token)
    {
        RequireRoot();
        Write("debootstrap", Debootstrap);
        Write("apt-get", "#!/bin/sh\n");

        await ExpectAsync(Create("--release", Release), "this machine's apt sources have no mirror (apt-get update may help): give one with --mirror", token);
    }

    [Test]
    public async Task Mirrors_of_the_machine_are_those_of_its_distribution_and_release(CancellationToken token)
    {
        RequireRoot();
        var (distribution, release) = ReadSystem();
        Write("debootstrap", Debootstrap);
        Write("wget", $"""
            #!/bin/sh
            for address; do :; done
            echo $address >> {_directory.FullName}/asked
            case $address in */trixie-updates/*) exit 8 ;; esac
            """);
        Write("apt-get", $"""
            #!/bin/sh
            echo 'Somebody|https://packages.test/other|{release}|{release}|main'
            echo '{distribution}|http://mirror.test/packages/|stable|{release}|main'
            echo '{distribution}|http://mirror.test/packages/|stable|{release}|more'
            echo '{distribution}|http://mirror.test/packages/|stable-updates|{release}-updates|main'
            echo '{distribution}|http://mirror.test/security/|stable-security|{release}-security|main'
            echo '{distribution}|http://mirror.test/packages/|testing|later|main'
            """);

        await using var build = await StartAsync(token, "--release", Release);

        build.Reported.Should().EndWith($"trixie {build.Root} http://mirror.test/packages");
        (await File.ReadAllLinesAsync(Path.Combine(_directory.FullName, "asked"), token)).Should().Equal(
            "http://mirror.test/packages/dists/trixie/Release",
            "http://mirror.test/packages/dists/trixie-updates/Release",
            "http://mirror.test/security/dists/trixie-security/Release");
        (await File.ReadAllLinesAsync(Path.Combine(Path.GetDirectoryName(build.Root)!, "sources"), token)).Should().Equal(
            "deb http://mirror.test/packages trixie main",
            "deb http://mirror.test/packages trixie more",
            "deb http://mirror.test/security trixie-security main");
        (await build.StopAsync("-TERM", token)).Should().Be(143);
    }

    [TestCase("-INT", 130)]
    [TestCase("-TERM", 143)]
    [TestCase("-KILL", 137)]
    public async Task Interrupted_build_leaves_no_mounts_processes_and_templates(string signal, int exitCode, CancellationToken token)
    {
        RequireRoot();
        Write("debootstrap", Debootstrap);
        await using var build = await StartAsync(token, "--release", Release, "--mirror", Mirror);
        var processes = ProcessTable.WithVariable($"READY={Ready}");
        processes.Count.Should().BeGreaterThan(2);

        (await build.StopAsync(signal, token)).Should().Be(exitCode);

        // They end with the script, and with the last of them its mounts.
        foreach (var process in processes) await WaitForEndAsync(process, token);
        if (signal != "-KILL") Directory.EnumerateFileSystemEntries(Temporary).Should().BeEmpty();
        Directory.Exists(Path.Combine(Data, "templates")).Should().BeFalse();
        File.ReadAllText("/proc/self/mountinfo").Should().NotContain(_directory.FullName);
    }

    private static void RequireRoot()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root builds templates.");
    }

    private static (string Distribution, string Release) ReadSystem()
    {
        var fields = File.ReadLines("/etc/os-release").Select(line => line.Split('=', 2)).Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[0], parts => parts[1].Trim('"'));
        if (!fields.TryGetValue("VERSION_CODENAME", out var release)) Assert.Ignore("The release of this machine has no name.");
        return (fields["ID"], release!);
    }

    private static async Task WaitForEndAsync(string processId, CancellationToken token)
    {
        try
        {
            using var process = Process.GetProcessById(int.Parse(processId, System.Globalization.CultureInfo.InvariantCulture));
            await process.WaitForExitAsync(token);
        }
        catch (ArgumentException)
        {
            // It has ended.
        }
    }

    private void Write(string program, string content)
    {
        var path = Path.Combine(Programs, program);
        File.WriteAllText(path, content);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private ProcessStartInfo Create(params string[] arguments)
    {
        // The signals are not those that the tests were started with.
        string[] command =
        [
            "--default-signal=INT,TERM", Repository.PathOf("scripts/build-templates.sh"),
            "--gateway", Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll"), "--data-dir", Data, .. arguments,
        ];
        var start = new ProcessStartInfo("env", command) { WorkingDirectory = "/" };
        start.Environment["PATH"] = $"{Programs}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["TMPDIR"] = Temporary;
        start.Environment["READY"] = Ready;
        return start;
    }

    private async Task ExpectAsync(ProcessStartInfo start, string sentence, CancellationToken token)
    {
        var (exitCode, output) = await ProgramRun.RunAsync(start, token);

        output.Trim().Should().StartWith($"error: {sentence}").And.NotContain("\n");
        exitCode.Should().Be(1);
        Directory.EnumerateFileSystemEntries(Temporary).Should().BeEmpty();
    }

    private async Task<Build> StartAsync(CancellationToken token, params string[] arguments)
    {
        var (exitCode, output) = await ProgramRun.RunAsync("mkfifo", [Ready], token);
        exitCode.Should().Be(0, output);
        var reading = Task.Run(() => File.ReadAllText(Ready), token);
        var start = Create(arguments);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(token);
        _ = process.StandardOutput.ReadToEndAsync(token);
        var end = process.WaitForExitAsync(token);
        if (await Task.WhenAny(reading, end) == reading) return new Build(process, (await reading).Trim());
        process.Kill(entireProcessTree: true);
        // Whoever reads goes on.
        await File.WriteAllTextAsync(Ready, "", CancellationToken.None);
        throw new InvalidOperationException($"The script has ended: {await errors}");
    }

    // A script that waits for the program that installs packages.
    private sealed class Build(Process process, string reported) : IAsyncDisposable
    {
        /// <summary>Gets what the program was told: release, root directory, mirror.</summary>
        public string Reported => reported;

        public string Root => reported.Split(' ')[1];

        public async Task<int> StopAsync(string signal, CancellationToken token)
        {
            using var kill = Process.Start("kill", [signal, $"{process.Id}"]);
            await kill.WaitForExitAsync(token);
            await process.WaitForExitAsync(token);
            return process.ExitCode;
        }

        public async ValueTask DisposeAsync()
        {
            if (!process.HasExited) await StopAsync("-TERM", CancellationToken.None);
            process.Dispose();
        }
    }
}
