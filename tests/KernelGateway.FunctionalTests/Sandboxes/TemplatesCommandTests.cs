using System.Formats.Tar;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Sandboxes;

/// <summary><c>kernel-gateway templates</c>, while a service uses the templates.</summary>
[Platform("Linux")]
[CancelAfter(120_000)]
public sealed class TemplatesCommandTests
{
    [Test]
    public async Task Template_is_built_used_by_the_service_kept_while_it_is_used_and_deleted(CancellationToken cancellationToken)
    {
        await using var plane = await PlaneProcess.StartAsync(cancellationToken);
        var source = Directory.CreateDirectory(Path.Combine(plane.DataDirectory, "source"));
        File.WriteAllText(Path.Combine(source.CreateSubdirectory("bin").FullName, "sh"), "");
        var file = Path.Combine(source.FullName, "template.json");
        await File.WriteAllTextAsync(file, """{ "aliases": ["also"], "memoryMB": 64, "cpus": 0.5 }""", cancellationToken);

        (await RunAsync("templates", "build", "mine", source.FullName, "--file", file)).Code.Should().Be(0);
        (await RunAsync("templates", "list")).Output.Should().MatchRegex(
            $"(?m)^mine +0.5 CPUs  64 MB  1024 MB  -  also  {plane.DataDirectory}/templates/mine/root$")
            .And.Contain("(programs of this machine)");
        var id = (await RunAsync("sandboxes", "create", "also")).Output.Trim();

        Expect(await RunAsync("templates", "build", "mine", source.FullName), 2, "--replace replaces it");
        Expect(await RunAsync("templates", "build", "mine", source.FullName, "--replace"), 2, id);
        Expect(await RunAsync("templates", "build", "mine", source.FullName, "--replace", "--dry-run"), 2, id);
        Expect(await RunAsync("templates", "delete", "mine"), 2, id);
        (await RunAsync("sandboxes", "kill", id)).Code.Should().Be(0);

        (await RunAsync("templates", "build", "mine", source.FullName, "--replace")).Code.Should().Be(0);
        (await RunAsync("templates", "delete", "mine")).Code.Should().Be(0);
        Expect(await RunAsync("templates", "delete", "mine"), 2, "There is no template 'mine'");
        Expect(await RunAsync("templates", "delete", "base"), 2, "There is no template 'base'");
        Expect(await RunAsync("templates", "build", "mine", "/no/such/directory"), 2, "does not exist");
        Expect(await RunAsync("templates", "build", "mine", file), 2, "tar");
        Expect(await RunAsync("templates", "build", "mine", source.FullName, "--image", "any"), 2, "OCI layout");
        Expect(await RunAsync("templates", "build", "Mine", source.FullName), 2, "is not a name");
        Expect(await RunAsync("templates", "build", "Mine", source.FullName, "--dry-run"), 2, "is not a name");
        Expect(await RunAsync("templates", "build", "mine", source.FullName, "--file", "/no/such/file"), 2, "does not exist");
        (await RunAsync("templates", "build", "mine", source.FullName, "--dry-run")).Code.Should().Be(0);
        Directory.EnumerateFileSystemEntries(Path.Combine(plane.DataDirectory, "templates")).Should().BeEmpty();

        var tar = Path.Combine(plane.DataDirectory, "source.tar");
        await TarFile.CreateFromDirectoryAsync(source.FullName, tar, includeBaseDirectory: false, cancellationToken);
        (await RunAsync("templates", "build", "from-tar", tar)).Code.Should().Be(0);
        File.Exists(Path.Combine(plane.DataDirectory, "templates", "from-tar", "root", "bin", "sh")).Should().BeTrue();

        async Task<(int Code, string Output, string Error)> RunAsync(string command, params string[] arguments)
        {
            string[] data = command == "templates" ? ["--data-dir", plane.DataDirectory] : [];
            using var run = CommandRun.Start("/", plane.Environment, [command, .. arguments, .. data]);
            return await run.WaitAsync(cancellationToken);
        }
    }

    private static void Expect((int Code, string Output, string Error) run, int code, string said)
    {
        run.Error.Should().Contain(said);
        run.Code.Should().Be(code);
    }
}
