using FluentAssertions;
using KernelGateway.Contexts.Attaching;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts.Attaching;

public sealed class ConnectionFileIdTests
{
    [TestCase("/run/kernel-3f2504e0-4f89-41d3-9a0c-0305e82c3301.json")]
    [TestCase("/elsewhere/kernel-3F2504E0-4F89-41D3-9A0C-0305E82C3301.json")]
    public void The_guid_in_a_name_that_jupyter_gave_is_the_id(string path) =>
        ConnectionFileId.Create(path).Should().Be("3f2504e0-4f89-41d3-9a0c-0305e82c3301");

    [Test]
    public void Any_other_name_gives_an_id_that_depends_on_the_whole_path_and_nothing_else()
    {
        ConnectionFileId.Create("/run/mine.json").Should().Be("e9639d48-85ef-8567-b089-ade9f2a81192", "the id of a path never changes");
        ConnectionFileId.Create("/run/kernels/../mine.json").Should().Be(ConnectionFileId.Create("/run/mine.json"));
        ConnectionFileId.Create("/run/kernel-7.json").Should().NotBe(ConnectionFileId.Create("/srv/kernel-7.json"));
    }
}
