using KernelGateway.Tools.Results;

namespace KernelGateway.Tools;

/// <summary>
/// The tools with which a model runs code, reads and writes files and runs commands, over an interpreter in this process or far away. One object is one
/// conversation: its contexts keep their variables from call to call, and disposing removes them.
/// </summary>
/// <remarks>
/// Adapters give the tools to a framework: <c>KernelGateway.Extensions.AI</c> makes functions of Microsoft.Extensions.AI of them.
/// All members can be called at the same time; code of the same language then runs one after another.
/// </remarks>
public sealed class CodeTools : IAsyncDisposable
{
    private readonly ToolContexts _contexts;
    private readonly ResultShaper _results;

    /// <summary>Creates the tools. Nothing is started before the first call.</summary>
    /// <param name="interpreter">Runs the code.</param>
    /// <param name="files">
    /// The files of the machine on which the code runs; null for no tools for files. With it, output that is cut is saved there as a whole.
    /// </param>
    /// <param name="commands">The commands of that machine; null for no tool for commands.</param>
    /// <param name="options">How the tools work; null for the defaults. They are copied.</param>
    /// <exception cref="ArgumentException">An option cannot be used.</exception>
    public CodeTools(ICodeInterpreter interpreter, ISandboxFiles? files = null, ISandboxCommands? commands = null, CodeToolsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(interpreter);
        var copy = (options ?? new CodeToolsOptions()).CopyChecked();
        var directory = new ToolDirectory(copy.Context.WorkingDirectory);
        _contexts = new ToolContexts(interpreter, copy.Context);
        _results = new ResultShaper(copy.Results.In(directory.Path), files);
        List<CodeTool> tools = [new RunCodeTool(_contexts, _results, copy)];
        if (files is not null)
        {
            tools.AddRange([new ReadFileTool(files, directory, _results, copy), new WriteFileTool(files, directory), new ListFilesTool(files, directory)]);
        }
        if (commands is not null) tools.Add(new RunCommandTool(commands, directory, _results, copy));
        All = tools;
    }

    /// <summary>
    /// Gets the tools: <c>run_code</c>; with files <c>read_file</c>, <c>write_file</c> and <c>list_files</c>; with commands <c>run_command</c>.
    /// </summary>
    public IReadOnlyList<CodeTool> All { get; }

    /// <summary>Removes the contexts, which ends the code that runs in them, and the files of output that was cut.</summary>
    /// <returns>A task that ends when they are removed. What cannot be removed stays, without an exception.</returns>
    public async ValueTask DisposeAsync()
    {
        await _contexts.DisposeAsync().ConfigureAwait(false);
        await _results.DisposeAsync().ConfigureAwait(false);
    }
}
