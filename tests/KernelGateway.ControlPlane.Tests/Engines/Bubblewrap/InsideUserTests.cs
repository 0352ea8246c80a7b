using FluentAssertions;
using KernelGateway.ControlPlane.Engines.Bubblewrap.Rootless;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Bubblewrap;

public sealed class InsideUserTests
{
    private readonly string _root = Directory.CreateTempSubdirectory("kg-users-").FullName;

    [TearDown]
    public void RemoveTheRoot() => Directory.Delete(_root, recursive: true);

    [TestCase("app")]
    [TestCase("1234")]
    public void User_is_found_by_name_and_by_id(string nameOrId)
    {
        WriteUsers("root:x:0:0:root:/root:/bin/sh\nbroken\napp:x:1234:99:An application:/srv/app:/bin/sh\n");

        InsideUser.Find(_root, nameOrId).Should().Be(new InsideUser(1234, 99, "app", "/srv/app"));
    }

    [Test]
    public void User_that_the_template_does_not_list_has_the_usual_id()
    {
        WriteUsers("root:x:0:0:root:/root:/bin/sh\n");

        InsideUser.Find(_root, "user").Should().Be(new InsideUser(1000, 1000, "user", "/home/user"));
    }

    [Test]
    public void Home_that_leads_elsewhere_is_not_used()
    {
        WriteUsers("app:x:1234:99::/srv/../../etc:/bin/sh\n");

        InsideUser.Find(_root, "app").Home.Should().Be("/");
    }

    private void WriteUsers(string content) =>
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(_root, "etc")).FullName, "passwd"), content);
}
