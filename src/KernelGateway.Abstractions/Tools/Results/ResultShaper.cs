using System.Text;
using KernelGateway.Executions;
using KernelGateway.Sandboxes;

namespace KernelGateway.Tools.Results;

/// <summary>
/// Shapes results for models: text first and without terminal sequences, images within limits, tables without padding, the end of a traceback, long
/// output cut in its middle with the path of a file that contains the whole.
/// </summary>
public sealed class ResultShaper : IAsyncDisposable
{
    // Longer output is not put together in memory, and not saved.
    private const int MaxWholeLength = 32 << 20;

    private readonly ResultShaperOptions _options;
    private readonly SavedFiles? _saved;

    /// <summary>Creates the shaper.</summary>
    /// <param name="options">The limits; null for the defaults. They are copied.</param>
    /// <param name="files">Where the whole of what is cut is saved; null for nowhere.</param>
    /// <exception cref="ArgumentException">An option cannot be used.</exception>
    public ResultShaper(ResultShaperOptions? options = null, ISandboxFiles? files = null)
    {
        _options = (options ?? new ResultShaperOptions()).CopyChecked();
        if (files is not null && _options.MaxSavedFiles > 0) _saved = new SavedFiles(files, _options.OutputDirectory, _options.MaxSavedFiles);
    }

    internal int MaxTextLength => _options.MaxTextLength;

    /// <summary>Shapes the result of an execution.</summary>
    /// <param name="result">The result.</param>
    /// <param name="cancellationToken">Stops saving what was cut.</param>
    /// <returns>What the code wrote, its results, its error, and how it ended if not by itself; then the images.</returns>
    public async Task<ToolResult> ShapeAsync(ExecutionResult result, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        var sections = new List<string>();
        await AddAsync(sections, "stdout", result.Logs.Stdout, cancellationToken).ConfigureAwait(false);
        await AddAsync(sections, "stderr", result.Logs.Stderr, cancellationToken).ConfigureAwait(false);

        var images = new List<ToolContent>();
        var texts = new List<string>();
        foreach (var output in result.Results)
        {
            texts.Add(OutputText.FindImage(output.Data) is { } image
                ? await AddAsync(images, image, cancellationToken).ConfigureAwait(false)
                : OutputText.Read(output.Data));
        }
        await AddAsync(sections, "result", [string.Join('\n', texts.Where(text => text.Length > 0))], cancellationToken).ConfigureAwait(false);

        if (result.Error is { } error) sections.Add($"error:\n{ErrorText.Describe(error, _options.MaxTracebackLength)}");
        if (EndText.Describe(result.End) is { } end) sections.Add($"note: {end}");
        if (sections.Count == 0) sections.Add("The code ran without output.");
        var isError = result.Error is not null || result.End is not { Reason: ExecutionEndReason.Completed, StoppedBy: null };
        return new ToolResult([new ToolText(string.Join("\n\n", sections)), .. images], isError);
    }

    /// <summary>Shapes what a command wrote.</summary>
    /// <param name="outcome">The outcome of the command.</param>
    /// <param name="cancellationToken">Stops saving what was cut.</param>
    /// <returns>Its output and, if it is not 0, its exit code or what ended it. An exit code other than 0 is an error.</returns>
    public async Task<ToolResult> ShapeAsync(CommandOutcome outcome, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        var sections = new List<string>();
        await AddAsync(sections, "stdout", [outcome.Stdout], cancellationToken).ConfigureAwait(false);
        await AddAsync(sections, "stderr", [outcome.Stderr], cancellationToken).ConfigureAwait(false);
        if (outcome.WasTimeLimit) sections.Add("note: the command was killed, because it ran longer than its time limit.");
        else if (outcome.ExitCode > 0) sections.Add($"exit code: {outcome.ExitCode}");
        else if (outcome.ExitCode < 0) sections.Add($"note: the command did not exit by itself ({outcome.Error ?? "a signal ended it"}).");
        if (sections.Count == 0) sections.Add("The command ran without output. exit code: 0");
        return new ToolResult([new ToolText(string.Join("\n\n", sections))], IsError: outcome.ExitCode != 0 || outcome.WasTimeLimit);
    }

    /// <summary>Removes the files of what was cut. What cannot be removed stays, without an exception.</summary>
    /// <returns>A task that ends when they are removed.</returns>
    public ValueTask DisposeAsync() => _saved?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Shapes an image that is in a file already.</summary>
    internal ToolResult ShapeImage(byte[] data, string mediaType) => FindReason(data.Length, shownImages: 0) is { } reason
        ? ToolResult.FromText($"[{mediaType} of {data.Length} bytes; not shown, because {reason}]")
        : new ToolResult([new ToolText($"[image 1: {mediaType}, {data.Length} bytes]"), new ToolImage(data, mediaType)], IsError: false);

    private async Task AddAsync(List<string> sections, string label, IReadOnlyList<string> chunks, CancellationToken cancellationToken)
    {
        var length = chunks.Sum(chunk => (long)chunk.Length);
        var isWhole = length <= MaxWholeLength;
        var whole = isWhole ? string.Concat(chunks) : CutText.Ends(chunks, MaxWholeLength / 2);
        var text = TerminalText.Clean(whole).TrimEnd('\n');
        if (string.IsNullOrWhiteSpace(text)) return;
        if (text.Length > _options.MaxTextLength)
        {
            var path = isWhole && _saved is not null
                ? await _saved.SaveAsync($"{label}.txt", Encoding.UTF8.GetBytes(whole), cancellationToken).ConfigureAwait(false)
                : null;
            var advice = path is null ? "Print less, or write it to a file." : $"The whole is in the file {path}.";
            var beyond = length - whole.Length;
            text = CutText.Cut(text, _options.MaxTextLength, omitted => $"\n[{omitted + beyond} characters are left out here. {advice}]\n").Text;
        }
        sections.Add($"{label}:\n{text}");
    }

    // Returns the line of the text that stands for the image.
    private async Task<string> AddAsync(List<ToolContent> images, OutputImage image, CancellationToken cancellationToken)
    {
        var about = image.Label.Length == 0 ? "" : $", {image.Label}";
        if (image.Data is not { } data) return $"[{image.MediaType} that cannot be read{about}]";
        var reason = image.IsShowable ? FindReason(data.Length, images.Count) : "models do not read this kind";
        if (reason is null)
        {
            images.Add(new ToolImage(data, image.MediaType));
            return $"[image {images.Count}: {image.MediaType}, {data.Length} bytes{about}]";
        }
        var path = _saved is null ? null : await _saved.SaveAsync($"display.{image.Extension}", data, cancellationToken).ConfigureAwait(false);
        return $"[{image.MediaType} of {data.Length} bytes{about}; not shown, because {reason}{(path is null ? "" : $"; it is in the file {path}")}]";
    }

    // Why an image is not shown; null if it is.
    private string? FindReason(int bytes, int shownImages)
    {
        if (_options.MaxImages == 0) return "images are turned off";
        if (bytes > _options.MaxImageBytes) return $"it is larger than {_options.MaxImageBytes} bytes";
        return shownImages >= _options.MaxImages ? $"a result has at most {_options.MaxImages} images" : null;
    }
}
