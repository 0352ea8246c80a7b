using FluentAssertions;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing.Fixtures;
using KernelGateway.Testing.Scripting;
using KernelGateway.Zmtp.Sockets;
using NUnit.Framework;

namespace KernelGateway.Testing.Tests;

/// <summary>The example in the README is the code of this test.</summary>
public sealed class ReadmeTests
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("scripted-kernel-");

    [TearDown]
    public void RemoveTheDirectory() => _directory.Delete(recursive: true);

    [Test]
    [CancelAfter(20_000)]
    public async Task A_client_with_nothing_but_the_connection_file_gets_its_reply(CancellationToken cancellationToken)
    {
        var path = Path.Combine(_directory.FullName, "kernel.json");

        // Example begins.
        await using var kernel = await ScriptedKernel.StartAsync(new() { Transport = KernelTransport.Tcp }, cancellationToken);
        await kernel.WriteConnectionFileAsync(path, cancellationToken);

        var info = await ConnectionFile.ReadAsync(path, cancellationToken);
        var codec = new WireCodec(MessageSigner.Create(info.Key, info.SignatureScheme));
        await using var shell = new DealerSocket();
        shell.Connect(info.GetEndpoint(KernelChannel.Shell));
        await shell.SendAsync(codec.Encode(MessageFactory.StartSession().Create(new ExecuteRequest { Code = "return 42" })), cancellationToken);
        using var frames = await shell.ReceiveAsync(cancellationToken);
        codec.TryDecode(frames, out var reply, out _, out _);
        var count = reply!.ReadContent<ExecuteReply>().ExecutionCount;
        // Example ends.

        count.Should().Be(1);
    }

    [Test]
    public void The_readme_shows_the_code_that_runs_here()
    {
        var source = File.ReadAllLines(Repository.PathOf("tests", "KernelGateway.Testing.Tests", "ReadmeTests.cs")).Select(line => line.Trim())
            .SkipWhile(line => line != "// Example begins.").Skip(1).TakeWhile(line => line != "// Example ends.");
        var readme = File.ReadAllLines(Repository.PathOf("tests", "KernelGateway.Testing", "README.md"))
            .SkipWhile(line => line != "```csharp").Skip(1).TakeWhile(line => line != "```");

        readme.Should().Equal(source);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task A_kernel_in_memory_has_no_connection_file(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);

        await FluentActions.Awaiting(() => kernel.WriteConnectionFileAsync(Path.Combine(_directory.FullName, "kernel.json"), cancellationToken))
            .Should().ThrowAsync<InvalidOperationException>();
    }
}
