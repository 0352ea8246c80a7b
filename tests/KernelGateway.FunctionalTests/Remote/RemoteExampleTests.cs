using FluentAssertions;
using KernelGateway.FunctionalTests.Clients;
using KernelGateway.FunctionalTests.Documentation;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Remote;

/// <summary>The examples with a shell, the E2B SDK and C# that need a gateway with files, commands and terminals.</summary>
public sealed class RemoteExampleTests : RemoteTests
{
    private static readonly string Examples = Path.Combine(ClientScript.Directory, "examples");

    [OneTimeTearDown]
    public void RemoveFiles()
    {
        foreach (var kind in new[] { "curl", "js", "sh", "cs" }) File.Delete($"/tmp/hello-{kind}.txt");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Example_with_curl_works(CancellationToken cancellationToken) =>
        (await RunShellAsync("files.sh", cancellationToken)).Should().Contain("]hello{").And.Contain("\"/tmp/hello-curl.txt\"");

    [Test]
    [Category("RequiresKernel")]
    [CancelAfter(TestTimeout)]
    public async Task Example_of_a_context_works(CancellationToken cancellationToken) =>
        (await RunShellAsync("contexts.sh", cancellationToken)).Should().Contain("\"text\":\"42\"");

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Example_with_the_e2b_sdk_works(CancellationToken cancellationToken)
    {
        ClientScript.RequireNodePackage("e2b");
        var environment = new Dictionary<string, string> { ["E2B_SANDBOX_URL"] = Url, ["TOKEN"] = Token };

        var output = await ClientScript.RunNodeAsync(environment, cancellationToken, Path.Combine("examples", "sandbox.mjs"));

        output.Should().Contain("hello\n").And.Contain("typed\n").And.Contain("24 80");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Example_with_the_command_works(CancellationToken cancellationToken)
    {
        // A command of that name, as the .NET tool installs it.
        var command = LocalPath("bin/kernel-gateway");
        Directory.CreateDirectory(LocalPath("bin"));
        await File.WriteAllTextAsync(
            command,
            $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll")}' \"$@\"\n",
            cancellationToken);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(command, (UnixFileMode)0x1ED);
        var start = TerminalCommand.Create("bash");
        start.WorkingDirectory = LocalDirectory;
        start.ArgumentList.Add("-e");
        start.ArgumentList.Add(Path.Combine(Examples, "commands.sh"));
        foreach (var (name, value) in Environment) start.Environment[name] = value;
        start.Environment["PATH"] = $"{LocalPath("bin")}:{start.Environment["PATH"]}";

        Directory.CreateDirectory(LocalPath("data"));
        await File.WriteAllTextAsync(LocalPath("data/some.txt"), "some", cancellationToken);

        var (exitCode, output) = await ProgramRun.RunAsync(start, cancellationToken);

        exitCode.Should().Be(0, output);
        output.Should().Contain("Linux");
        (await File.ReadAllTextAsync(LocalPath("copy.txt"), cancellationToken)).Should().Be("hello\n");
        (await File.ReadAllTextAsync(RemotePath("data/some.txt"), cancellationToken)).Should().Be("some");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Example_in_csharp_works(CancellationToken cancellationToken)
    {
        var output = new StringWriter();

        await FilesExample.RunAsync(output).WaitAsync(cancellationToken);

        output.ToString().ReplaceLineEndings("\n").Should().Be("2 lines, exit code 0\ntyped\nexit status 0\n");
    }

    private async Task<string> RunShellAsync(string script, CancellationToken cancellationToken)
    {
        var start = TerminalCommand.Create("bash");
        start.ArgumentList.Add("-e");
        start.ArgumentList.Add(Path.Combine(Examples, script));
        (start.Environment["URL"], start.Environment["TOKEN"]) = (Url, Token);

        var (exitCode, output) = await ProgramRun.RunAsync(start, cancellationToken);

        exitCode.Should().Be(0, output);
        return output;
    }
}
