using System.Diagnostics;
using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.ControlPlane.Templates;
using KernelGateway.ControlPlane.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Isolation;

/// <summary>The program <c>sudo</c> and its names in sandboxes. The functional tests use it.</summary>
[Platform("Linux")]
public sealed class SudoProgramTests : IDisposable
{
    private const string Target = "/run/kernel-gateway/bin/sudo";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kg-sudo-");

    private string Root => Path.Combine(_directory.FullName, "root");

    public void Dispose() => _directory.Delete(recursive: true);

    [Test]
    public void Names_replace_a_real_program_but_not_one_of_the_administrator()
    {
        RequireRoot();
        Write("usr/bin/sudo", "real");
        Write("usr/local/bin/sudo", "own");

        SudoProgram.LinkIn(Root, owner: 4321);
        SudoProgram.LinkIn(Root, owner: 4321);

        new FileInfo(Path.Combine(Root, "usr/bin/sudo")).LinkTarget.Should().Be(Target);
        File.ReadAllText(Path.Combine(Root, "usr/local/bin/sudo")).Should().Be("own");
    }

    [Test]
    public void Links_in_the_root_directory_do_not_lead_out_of_it()
    {
        RequireRoot();
        var outside = Directory.CreateDirectory(Path.Combine(_directory.FullName, "outside")).FullName;
        Directory.CreateDirectory(Path.Combine(Root, "usr"));
        File.CreateSymbolicLink(Path.Combine(Root, "usr/bin"), "../../../../../../../.." + outside);
        File.CreateSymbolicLink(Path.Combine(Root, "usr/local"), "/other");
        Directory.CreateDirectory(Path.Combine(Root, "other/bin"));

        SudoProgram.LinkIn(Root, owner: 0);

        Directory.EnumerateFileSystemEntries(outside).Should().BeEmpty();
        new FileInfo(Path.Combine(Root, "other/bin/sudo")).LinkTarget.Should().Be(Target);
    }

    [Test]
    public void Directories_of_the_name_and_missing_directories_are_left_alone()
    {
        RequireRoot();
        Directory.CreateDirectory(Path.Combine(Root, "usr/bin/sudo"));

        SudoProgram.LinkIn(Root, owner: 0);

        new FileInfo(Path.Combine(Root, "usr/bin/sudo")).LinkTarget.Should().BeNull();
        Directory.Exists(Path.Combine(Root, "usr/local")).Should().BeFalse();
    }

    [TestCase(false, false, "it is switched off in this sandbox: its template has \"sudo\": false")]
    [TestCase(true, true, "this sandbox has one user only, because the service of the sandboxes does not run as root")]
    public async Task Program_that_may_not_be_used_says_why(bool isAllowed, bool isRootless, string reason)
    {
        var paths = new SandboxPaths(_directory.FullName);
        SudoProgram.Write(paths, new SandboxTemplate { Id = "test", AllowsSudo = isAllowed }, isRootless);

        using var process = Process.Start(new ProcessStartInfo(SudoProgram.PathIn(paths), ["id"]) { RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        error.Should().Be($"sudo: {reason}\n");
        process.ExitCode.Should().Be(1);
    }

    [TestCase(true, true)]
    [TestCase(false, false)]
    public void Sidecar_serves_it_where_it_may_be_used(bool isAllowed, bool isServed)
    {
        var specification = new SandboxSpecification { Id = "i", Template = new SandboxTemplate { Id = "test", AllowsSudo = isAllowed } };
        var options = EngineBench.CreateOptions("bubblewrap", _directory.FullName, 1);

        SidecarCommand.List(specification, options, isRootless: false).Contains("--sudo-socket").Should().Be(isServed);
        SidecarCommand.List(specification, options, isRootless: true).Should().NotContain("--sudo-socket");
    }

    [TestCase("bubblewrap")]
    [TestCase("runc")]
    [TestCase("crun", Category = "EveryVariant")]
    [CancelAfter(60_000)]
    public async Task Program_is_found_by_all_its_names_in_a_template_with_a_real_one(string engineName, CancellationToken token)
    {
        RequireRoot();
        await using var bench = await EngineBench.CreateAsync(engineName);
        foreach (var name in new[] { "proc", "dev", "etc", "home/user", "tmp", "opt", "run", "usr/local/bin", "usr/bin", "host" })
            Directory.CreateDirectory(Path.Combine(Root, name));
        foreach (var name in new[] { "bin", "lib", "lib64" }) File.CreateSymbolicLink(Path.Combine(Root, name), name == "bin" ? "usr/bin" : "host/" + name);
        foreach (var name in new[] { "sh", "readlink", "cat", "rm" }) File.CreateSymbolicLink(Path.Combine(Root, "usr/bin", name), "/host/bin/" + name);
        Write("usr/bin/sudo", "real");
        File.SetUnixFileMode(_directory.FullName, File.GetUnixFileMode(_directory.FullName) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);

        // A package can replace the link; the other names stay.
        var output = await bench.RunToEndAsync(
            "readlink /usr/bin/sudo /usr/local/bin/sudo; command -v sudo; cat /run/kernel-gateway/bin/sudo | (read line; echo \"$line\"); "
                + "rm /usr/bin/sudo && echo removed; echo > /run/kernel-gateway/bin/x",
            token,
            specification => specification with
            {
                Template = specification.Template with { RootDirectory = Root, Mounts = [new("/usr", "/host")] },
            });

        output.Split('\n')[..5].Should().Equal(Target, Target, Target, "#!/bin/sh", "removed");
        output.Should().Contain("Read-only file system");
        (await File.ReadAllTextAsync(Path.Combine(Root, "usr/bin/sudo"), token)).Should().Be("real", "the template is not changed");
    }

    private static void RequireRoot()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root gives files to others.");
    }

    private void Write(string name, string content)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
