using FluentAssertions;
using KernelGateway.Notebooks;
using KernelGateway.Tests.Kernels;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Tests.Notebooks;

public sealed class NotebookKernelTests
{
    private const int TestTimeout = 30_000;

    [TestCase("""{}""", null, "echo")]
    [TestCase("""{"kernelspec":{"name":"echo2","display_name":"x"}}""", null, "echo2")]
    [TestCase("""{"kernelspec":{"name":"ECHO2","display_name":"x"}}""", null, "echo2")]
    [TestCase("""{"kernelspec":{"name":"gone","display_name":"x","language":"echo"}}""", null, "echo")]
    [TestCase("""{"kernelspec":{"name":"gone","display_name":"x"},"language_info":{"name":"Echo"}}""", null, "echo")]
    [TestCase("""{"language_info":{"name":"echo"}}""", null, "echo")]
    [TestCase("""{"kernelspec":{"name":"echo","display_name":"x"}}""", "echo2", "echo2")]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_is_the_one_asked_for_or_the_notebooks_or_one_of_its_language(string metadata, string? asked, string expected)
    {
        await using var scripted = await StartWithTwoAsync();
        var notebook = NotebookJson.Of("print a");
        notebook.Json["metadata"] = JObject.Parse(metadata);

        await NotebookRunner.RunAsync(
            scripted.Gateway,
            notebook,
            contextOptions: new() { KernelSpecName = asked },
            cancellationToken: TestContext.CurrentContext.CancellationToken);

        ((string?)notebook.Metadata["kernelspec"]!["name"]).Should().Be(expected);
    }

    [TestCase("""{"kernelspec":{"name":"gone","display_name":"x"}}""", null, "'gone'")]
    [TestCase("""{"kernelspec":{"name":"gone","display_name":"x","language":"klingon"}}""", null, "klingon")]
    [TestCase("""{"kernelspec":{"name":"echo","display_name":"x"}}""", "absent", "'absent'")]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_that_is_not_installed_is_named_with_those_that_are(string metadata, string? asked, string named)
    {
        await using var scripted = await StartWithTwoAsync();
        var notebook = NotebookJson.Of("print a");
        notebook.Json["metadata"] = JObject.Parse(metadata);

        var run = () => NotebookRunner.RunAsync(
            scripted.Gateway,
            notebook,
            contextOptions: new() { KernelSpecName = asked },
            cancellationToken: TestContext.CurrentContext.CancellationToken);

        await run.Should().ThrowAsync<KernelSpecNotFoundException>().WithMessage($"*{named}*echo, echo2*");
        scripted.Processes.Items.Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Other_metadata_of_the_same_kernelspec_are_kept(CancellationToken cancellationToken)
    {
        await using var scripted = await StartWithTwoAsync();
        var same = NotebookJson.Of("print a");
        var other = NotebookJson.Of("print a");
        foreach (var notebook in new[] { same, other }) notebook.Json["metadata"] = JObject.Parse("""{"kernelspec":{"name":"echo","display_name":"old","mine":1},"own":2}""");

        await NotebookRunner.RunAsync(scripted.Gateway, same, cancellationToken: cancellationToken);
        await NotebookRunner.RunAsync(scripted.Gateway, other, contextOptions: new() { KernelSpecName = "echo2" }, cancellationToken: cancellationToken);

        same.Metadata["kernelspec"]!.ToString(Formatting.None).Should().Be("""{"name":"echo","display_name":"Echo","mine":1,"language":"echo"}""");
        other.Metadata["kernelspec"]!.ToString(Formatting.None).Should().Be("""{"display_name":"Echo 2","language":"echo","name":"echo2"}""");
        other.Metadata["own"]!.Value<int>().Should().Be(2);
    }

    private static async Task<ScriptedGateway> StartWithTwoAsync()
    {
        var scripted = await ScriptedGateway.StartAsync(gateway =>
        {
            gateway.Options.KernelSpecs.AllowedKernelSpecs.Add("echo");
            gateway.Options.KernelSpecs.AllowedKernelSpecs.Add("echo2");
        });
        var directory = Directory.CreateDirectory(Path.Combine(scripted.Options.KernelSpecs.ExtraDirectories[0], "echo2"));
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, "kernel.json"), """{"argv":["scripted"],"display_name":"Echo 2","language":"echo"}""");
        return scripted;
    }
}
