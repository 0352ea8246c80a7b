using System.Text;
using KernelGateway.Protocol.Mime;

namespace KernelGateway.Server.Run;

/// <summary>Saves images under unused file names.</summary>
internal sealed class ImageFiles(string directory)
{
    private int _number;

    /// <summary>Saves the image of a value and returns the path of the file; null without an image.</summary>
    public string? Save(MimeBundle data)
    {
        if (data.Png is { } png) return Write(png, "png");
        if (data.Jpeg is { } jpeg) return Write(jpeg, "jpg");
        if (data.Pdf is { } pdf) return Write(pdf, "pdf");
        return data.Svg is { } svg ? Write(Encoding.UTF8.GetBytes(svg), "svg") : null;
    }

    private string Write(byte[] bytes, string extension)
    {
        Directory.CreateDirectory(directory);
        while (true)
        {
            var path = Path.Combine(directory, $"image-{++_number}.{extension}");
            try
            {
                using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
                file.Write(bytes);
                return path;
            }
            catch (IOException) when (File.Exists(path))
            {
                // The file is from an earlier run or from the code itself: the next number may be free.
            }
        }
    }
}
