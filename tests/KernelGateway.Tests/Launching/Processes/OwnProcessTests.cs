using System.Text;
using FluentAssertions;
using KernelGateway.Launching.Processes;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching.Processes;

public sealed class OwnProcessTests
{
    [Test]
    public void Values_of_settings_are_overwritten_and_nothing_else()
    {
        var block = Encoding.UTF8.GetBytes("PATH=/bin\0KERNELGATEWAY__HTTP__TOKEN=secret\0KernelGateway__Port=8080\0NOTHING\0=x\0");

        OwnProcess.OverwriteSettings(block);

        Encoding.UTF8.GetString(block).Should().Be("PATH=/bin\0KERNELGATEWAY__HTTP__TOKEN=******\0KernelGateway__Port=****\0NOTHING\0=x\0");
    }

    [Test]
    public void Token_of_the_command_line_is_overwritten_in_all_its_forms()
    {
        var block = Encoding.UTF8.GetBytes("kernel-gateway\0serve\0--token\0secret\0--token=secret\0--token:secret\0--port\08080\0--token");

        OwnProcess.OverwriteToken(block);

        Encoding.UTF8.GetString(block).Should().Be("kernel-gateway\0serve\0--token\0******\0--token=******\0--token:******\0--port\08080\0--token");
    }
}
