using System.Diagnostics;
using System.Net.Http.Json;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Serving;

/// <summary>What kernels can see of the gateway process, and what they inherit from it.</summary>
[Platform("Linux")]
[RequiresKernel]
public sealed class ProcessSettingsTests
{
    private const int TestTimeout = 120_000;
    private const string Token = "token-that-nobody-may-read";
    private const string OtherUser = "65534";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kg-process-");

    [TearDown]
    public void RemoveDirectory() => _directory.Delete(recursive: true);

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Token_is_neither_in_the_environment_nor_in_the_command_line_and_diagnostics_are_closed(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync([], cancellationToken, "--token", Token);
        var id = server.Process.Id;

        (await File.ReadAllTextAsync($"/proc/{id}/environ", cancellationToken)).Should().Contain("KERNELGATEWAY__HTTP__TOKEN=***").And.NotContain(Token);
        (await File.ReadAllTextAsync($"/proc/{id}/cmdline", cancellationToken)).Should().Contain("--token").And.NotContain(Token);
        Directory.GetFileSystemEntries(Path.GetTempPath(), $"*-{id}-*").Where(path => path.Contains("dotnet-diagnostic") || path.Contains("clr-debug-pipe"))
            .Should().BeEmpty();
        (await RunAsync(server, "print(6 * 7)", cancellationToken)).Should().Contain("42", "the configured token is accepted");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_of_the_same_user_cannot_read_the_gateways_process(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(AsOrdinaryUser(), cancellationToken);

        var output = await RunAsync(
            server,
            """
            import os
            for name in ("environ", "mem", "maps", "fd"):
                try:
                    path = f"/proc/{os.getppid()}/{name}"
                    os.listdir(path) if name == "fd" else open(path, "rb").read(1)
                    print(name, "readable")
                except PermissionError:
                    print(name, "refused")
            """,
            cancellationToken);

        output.Should().Contain("environ refused").And.Contain("mem refused").And.Contain("maps refused").And.Contain("fd refused");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_has_the_limit_of_open_files_that_the_gateway_was_started_with(CancellationToken cancellationToken)
    {
        const string Starter =
            "import resource, signal, subprocess, sys\n"
            + "resource.setrlimit(resource.RLIMIT_NOFILE, (777, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))\n"
            + "server = subprocess.Popen(sys.argv[1:])\n"
            + "signal.signal(signal.SIGTERM, lambda *_: server.terminate())\n"
            + "sys.exit(server.wait())\n";
        await using var server = await StartAsync(["/usr/bin/python3", "-c", Starter], cancellationToken);

        (await RunAsync(server, "import resource; print('soft', resource.getrlimit(resource.RLIMIT_NOFILE)[0])", cancellationToken))
            .Should().Contain("soft 777");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_has_its_standard_streams_also_when_the_gateway_has_none(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(["/bin/sh", "-c", "exec \"$@\" <&- 2>&-", "sh"], cancellationToken);

        var output = await RunAsync(server, "import os; print([os.readlink(f'/proc/self/fd/{n}').split(':')[0] for n in range(3)])", cancellationToken);

        output.Should().Contain("['/dev/null', 'pipe', 'pipe']");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task First_process_of_a_namespace_reaps_inherited_processes(CancellationToken cancellationToken)
    {
        if (Environment.UserName != "root") Assert.Ignore("Only root can make a namespace of processes.");
        await using var server = await StartAsync(["env", "--unset=XDG_RUNTIME_DIR", $"TMPDIR={_directory.FullName}", "unshare", "--pid", "--fork", "--mount-proc", "--kill-child"], cancellationToken);

        var output = await RunAsync(
            server,
            """
            import os, subprocess, time
            def zombies():
                found = []
                for name in filter(str.isdigit, os.listdir('/proc')):
                    try: fields = open(f'/proc/{name}/stat').read().rpartition(')')[2].split()
                    except OSError: continue
                    if fields[0] == 'Z' and fields[1] == '1': found.append(name)
                return found
            subprocess.run(['sh', '-c', 'for i in 1 2 3 4 5; do setsid -f true; (true & exec true); done'])
            deadline = time.monotonic() + 20
            while zombies() and time.monotonic() < deadline: time.sleep(0.05)
            print('parent', os.getppid(), 'zombies', zombies())
            code = subprocess.run(['sh', '-c', 'exit 7']).returncode
            print('own child', code)
            """,
            cancellationToken);

        output.Should().Contain("parent 1 zombies []").And.Contain("own child 7");

        // A signal from outside reaches only unshare, which does not pass it on.
        await StopFromInsideAsync(server, cancellationToken);
        server.Process.ExitCode.Should().Be(0);
        Directory.GetDirectories(Path.Combine(_directory.FullName, "kernel-gateway-0")).Should().BeEmpty();
    }

    private static async Task StopFromInsideAsync(ListeningProcess server, CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(server, "import os, signal; os.kill(1, signal.SIGTERM)", cancellationToken);
        }
        catch (HttpRequestException)
        {
            // The server may end before it has answered.
        }

        await server.Process.WaitForExitAsync(cancellationToken);
    }

    private static async Task<string> RunAsync(ListeningProcess server, string code, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = server.Url };
        client.DefaultRequestHeaders.Add("X-Access-Token", Token);
        using var executed = await client.PostAsJsonAsync("/execute", new { code }, cancellationToken);
        var text = await executed.Content.ReadAsStringAsync(cancellationToken);
        executed.IsSuccessStatusCode.Should().BeTrue(text);
        return text;
    }

    // Root can read all processes. As another user the server is protected as in a normal deployment.
    private string[] AsOrdinaryUser()
    {
        if (Environment.UserName != "root") return [];
        using var owner = Process.Start("chown", [OtherUser, _directory.FullName]);
        owner.WaitForExit();
        return ["setpriv", $"--reuid={OtherUser}", $"--regid={OtherUser}", "--clear-groups", "env", $"HOME={_directory.FullName}", $"TMPDIR={_directory.FullName}"];
    }

    private Task<ListeningProcess> StartAsync(string[] prefix, CancellationToken cancellationToken, params string[] arguments)
    {
        string[] command = [.. prefix, "dotnet", Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll"), "serve", "--port", "0", "--warm", "none", .. arguments];
        var start = TerminalCommand.Create(command[0]);
        foreach (var argument in command.Skip(1)) start.ArgumentList.Add(argument);
        start.WorkingDirectory = _directory.FullName;
        start.Environment["KERNELGATEWAY__HTTP__TOKEN"] = Token;
        return ListeningProcess.StartAsync(
            start, line => line.Split(' ').FirstOrDefault(word => word.Contains("://127.0.0.1:", StringComparison.Ordinal)), cancellationToken);
    }
}
