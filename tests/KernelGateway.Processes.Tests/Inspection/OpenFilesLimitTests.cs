using FluentAssertions;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Native;
using NUnit.Framework;

namespace KernelGateway.Processes.Tests.Inspection;

public sealed class OpenFilesLimitTests
{
    private static readonly string[] Limits =
    [
        "Limit                     Soft Limit           Hard Limit           Units     ",
        "Max processes             unlimited            unlimited            processes ",
        "Max open files            1024                 524288               files     ",
    ];

    [Test]
    public void Limits_of_a_process_are_read()
    {
        OpenFilesLimit.Parse(Limits).Should().Be((1024L, 524288L));
        OpenFilesLimit.Parse(["Max open files            unlimited            unlimited            files"]).Should().Be((long.MaxValue, long.MaxValue));
        OpenFilesLimit.Parse([]).Should().BeNull();
    }

    [Test]
    public void Parent_with_the_same_hard_limit_gives_the_soft_limit_of_the_start()
    {
        OpenFilesLimit.Conclude((20000, 20000), (512, 20000)).Should().Be(512);
        OpenFilesLimit.Conclude((20000, 20000), (20000, 20000)).Should().Be(20000);
    }

    [Test]
    public void Parent_with_another_hard_limit_does_not()
    {
        OpenFilesLimit.Conclude((20000, 20000), (1024, 1048576)).Should().Be(1024);
        OpenFilesLimit.Conclude((256, 256), (20000, 20000)).Should().Be(256);
        OpenFilesLimit.Conclude((20000, 20000), parent: null).Should().Be(1024);
    }

    [Test, Platform("Linux")]
    public void Descriptors_are_moved_above_those_of_the_standard_streams()
    {
        using var duplicate = LibC.DuplicateAboveStandardStreams(0);

        ((int)duplicate.DangerousGetHandle()).Should().BeGreaterThan(2);
    }
}
