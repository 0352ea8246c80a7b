using FluentAssertions;
using KernelGateway.AspNetCore.CodeInterpreter;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.CodeInterpreter;

public class SandboxHomeTests
{
    private const string Default = "/srv/default";
    private const string Absent = "/nowhere/user";

    [TestCase(Absent, Default)]
    [TestCase(Absent + "/", Default)]
    [TestCase(Absent + "/project/a", Default + "/project/a")]
    [TestCase(Absent + "/a/../b", Default + "/b")]
    public void Home_that_does_not_exist_stands_for_the_default_directory(string directory, string expected) =>
        SandboxHome.Resolve(directory, Default, Absent).Should().Be(expected);

    [TestCase(null)]
    [TestCase("relative")]
    [TestCase("/nowhere")]
    [TestCase("/nowhere/username")]
    [TestCase(Absent + "/../other")]
    public void Other_directories_are_used_as_they_are(string? directory) =>
        SandboxHome.Resolve(directory, Default, Absent).Should().Be(directory);

    [TestCase("/")]
    [TestCase("/below")]
    public void Home_that_exists_is_used(string below)
    {
        var home = Path.TrimEndingDirectorySeparator(Path.GetTempPath());

        SandboxHome.Resolve(home + below, Default, home).Should().Be(home + below);
    }
}
