using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KernelGateway.AspNetCore.Requests;
using KernelGateway.Protocol;
using KernelGateway.SandboxServices.Files;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>Reads and writes the files of notebooks.</summary>
internal sealed class NotebookFiles(ContentsDirectory directory)
{
    private readonly TrustedNotebooks _trusted = new();

    /// <summary>Reads a notebook in the form for clients. What it needs counts in the memory.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="path">Its path, for the message.</param>
    /// <param name="memory">The memory of the request.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The notebook, the hash of the file, and what is wrong with the notebook (null for nothing).</returns>
    /// <exception cref="ContentsException">It is not a notebook of format 4.</exception>
    /// <exception cref="BodyMemoryException">There is no room in the account at the moment.</exception>
    public async Task<(JObject Notebook, string Hash, string? Problem)> ReadAsync(
        FileContent file, ContentsPath path, BodyMemory memory, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var notebook = await ParseAsync(file, path, hash, memory, cancellationToken);
        if (!NotebookForm.IsKnown(notebook))
        {
            throw ContentsException.BadRequest(
                $"Unreadable Notebook: {path}: its format is {notebook["nbformat"] ?? "not given"}; format {NotebookForm.Format} can be read.");
        }

        var text = TrustedNotebooks.TextOf(hash);
        NotebookForm.JoinLines(notebook);
        var problem = NotebookForm.Validate(notebook);
        TrustedNotebooks.Mark(notebook, _trusted.Contains(text));
        return (notebook, text, problem);
    }

    /// <summary>Writes the notebook that a client saves, and trusts the file if the client trusts its cells.</summary>
    /// <param name="notebook">The notebook, which is changed.</param>
    /// <param name="place">The absolute path of the file.</param>
    /// <param name="memory">The memory of the request.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <returns>What is wrong with the notebook, which is written all the same; null for nothing.</returns>
    /// <exception cref="SandboxFileException">It cannot be written.</exception>
    /// <exception cref="BodyMemoryException">There is no room in the account at the moment.</exception>
    public async Task<string?> WriteAsync(JObject notebook, string place, BodyMemory memory, CancellationToken cancellationToken)
    {
        var areCellsTrusted = TrustedNotebooks.AreCellsTrusted(notebook);
        var problem = NotebookForm.Validate(notebook);
        using var content = new CountedBuffer(memory);
        try
        {
            NotebookForm.Write(notebook, content);
        }
        catch (EncoderFallbackException)
        {
            throw ContentsException.BadRequest("The notebook contains half a surrogate pair, which no file in UTF-8 can contain.");
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        content.ForEachPart(part => hash.AppendData(part.Span));
        await directory.Files.WriteAsync(place, content, new FileWriteOptions { IsAtomic = true }, cancellationToken);
        if (areCellsTrusted) _trusted.Add(TrustedNotebooks.TextOf(hash));
        return problem;
    }

    /// <summary>Trusts a notebook as its file is now.</summary>
    /// <exception cref="SandboxFileException">It cannot be read.</exception>
    public async Task TrustAsync(FileContent file, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await FileText.IsTextAsync(file, hash, cancellationToken);
        _trusted.Add(TrustedNotebooks.TextOf(hash));
    }

    private static async Task<JObject> ParseAsync(
        FileContent file, ContentsPath path, IncrementalHash hash, BodyMemory memory, CancellationToken cancellationToken)
    {
        var target = new JsonObjectReader(BodyShape.Whole, memory);
        try
        {
            await using var content = new HashedStream(file.OpenStream(), hash);
            using (var reader = new BodyReader(content, long.MaxValue, file.Length, memory))
            {
                await reader.ReadAsync(target, cancellationToken);
            }

            memory.Trim();
            return target.Root ?? throw Unreadable(path, "it is empty");
        }
        catch (Exception exception) when (exception is JsonException or MessageFormatException)
        {
            throw Unreadable(path, "it is not JSON, or is nested too deeply");
        }
        catch (BodyShapeException)
        {
            throw Unreadable(path, "it is not a JSON object in UTF-8");
        }
        catch (BadHttpRequestException exception) when (exception.InnerException is SandboxFileException failure)
        {
            throw ContentsException.From(failure, path);
        }
    }

    private static ContentsException Unreadable(ContentsPath path, string problem) =>
        ContentsException.BadRequest($"Unreadable Notebook: {path}: {problem}.");
}
