using FluentAssertions;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Users;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Files;

public sealed class PathRulesTests
{
    private static readonly SandboxUser User = new("user", 1000, 1000, [1000], "/home/user");

    [TestCase("", "/work")]
    [TestCase("~", "/home/user")]
    [TestCase("~/", "/home/user")]
    [TestCase("~/a/../b", "/home/user/b")]
    [TestCase("a", "/home/user/a")]
    [TestCase("./a//b/", "/home/user/a/b")]
    [TestCase("../../../etc/passwd", "/etc/passwd")]
    [TestCase(".", "/home/user")]
    [TestCase("/a/../b//c", "/a/../b//c")]
    public void Path_is_resolved(string path, string resolved) => PathRules.Resolve(path, User, "/work").Should().Be(resolved);

    [Test]
    public void Empty_path_is_the_home_without_a_working_directory() =>
        PathRules.Resolve("", User, null).Should().Be("/home/user");

    [Test]
    public void Home_of_another_user_is_refused_in_the_documented_words()
    {
        var resolve = () => PathRules.Resolve("~other/a", User, null);

        resolve.Should().Throw<SandboxFileException>().WithMessage("cannot expand user-specific home dir")
            .Which.Reason.Should().Be(FileErrorReason.InvalidPath);
    }
}
