using FluentAssertions;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Jupyter.Kernels;
using KernelGateway.AspNetCore.Jupyter.Sessions;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Json;
using KernelGateway.Testing.Fuzzing;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter;

/// <summary>
/// Every request body is accepted or refused with a message, and no path in it leads outside the start directory of the server.
/// </summary>
public class BodyFuzzTests
{
    private const int Bodies = 10_000;

    private static readonly JObject[] Good =
    [
        JObject.Parse("""{"name": "echo", "path": "a/b/../c", "cwd": "x", "kernel_id": "0aa2f0a5-6c5e-4a3b-9d0e-5f3f0d9b3c11", "env": {"KERNEL_A": "1"}}"""),
        JObject.Parse("""{"path": "../a", "type": "notebook", "name": "n", "kernel": {"id": "x", "name": "echo", "env": {"KERNEL_ID": "7"}}}"""),
        JObject.Parse("""{"notebook": {"path": "/a/./b", "name": "b"}, "kernel": {"name": null}}"""),
    ];

    private readonly string _root = Directory.CreateTempSubdirectory("kernel-gateway-tests-").FullName;

    [TearDown]
    public void RemoveRoot() => Directory.Delete(_root, recursive: true);

    [Test]
    [Category("Slow")]
    public void Damaged_body_is_understood_or_refused()
    {
        Directory.CreateDirectory(Path.Combine(_root, "server", "a"));
        Directory.CreateDirectory(Path.Combine(_root, "server-2"));
        var directories = new StartDirectory(new KernelGatewayOptions { DefaultWorkingDirectory = Path.Combine(_root, "server") });

        // A nested object has five bytes in the body and takes several hundred bytes in memory.
        new FuzzRun(TestContext.Out) { BytesPerByte = 256 }.Try(
            Bodies,
            random => JsonMutator.Mutate(Good[random.Next(Good.Length)], random),
            body => [body],
            body => Read(body, directories));
    }

    [TestCase("../server-2")]
    [TestCase("..")]
    [TestCase("a/../..")]
    [TestCase("a/../../server-2/b")]
    public void Neighbour_whose_name_begins_the_same_is_outside(string path)
    {
        Directory.CreateDirectory(Path.Combine(_root, "server", "a"));
        Directory.CreateDirectory(Path.Combine(_root, "server-2"));
        var directories = new StartDirectory(new KernelGatewayOptions { DefaultWorkingDirectory = Path.Combine(_root, "server") });

        directories.Invoking(one => one.OfPath(path)).Should().Throw<JupyterBodyException>();
        directories.OfSessionPath(path).Should().BeNull();
    }

    // Returns the number of accepted bodies.
    private long Read(byte[] bytes, StartDirectory directories)
    {
        JObject? body;
        try
        {
            body = new RawJson(bytes).AsToken() as JObject;
        }
        catch (MessageFormatException)
        {
            return 0;
        }

        if (body is null) return 0;
        return Understand(() => Check(StartKernelBody.Read(body).Path is { } path ? directories.OfPath(path) : null))
            + Understand(() => Check(ChangeSessionBody.Read(body).Path is { } path ? directories.OfSessionPath(path) : null));
    }

    private static long Understand(Action read)
    {
        try
        {
            read();
            return 1;
        }
        catch (JupyterBodyException exception)
        {
            exception.Message.Should().NotBeEmpty();
            return 0;
        }
    }

    private void Check(string? directory)
    {
        if (directory is null) return;
        directory.Should().StartWith(Path.Combine(_root, "server") + "/");
        Directory.Exists(directory).Should().BeTrue();
    }
}
